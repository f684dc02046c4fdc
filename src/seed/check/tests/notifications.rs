use super::*;

fn notification(kind: &str, settings: &str, messages: &str) -> String {
    format!(
        "controller_notifications: [{{name: N, organization: Lab, notification_type: {kind}, notification_configuration: \
         {{{settings}}}, messages: {messages}}}]"
    )
}

fn webhook(messages: &str) -> String {
    notification("webhook", "url: 'https://a', headers: {}", messages)
}

#[test]
fn every_type_has_its_settings() {
    for (kind, settings) in [
        ("awssns", "sns_topic_arn: a"),
        (
            "email",
            "host: a, port: 25, username: '', password: '', use_tls: false, use_ssl: false, sender: a, recipients: [b]",
        ),
        ("grafana", "grafana_url: a, grafana_key: b, isRegion: true"),
        ("irc", "server: a, port: 1, nickname: b, password: '', use_ssl: true, targets: [c]"),
        ("mattermost", "mattermost_url: a, mattermost_no_verify_ssl: false, mattermost_channel: c"),
        ("pagerduty", "subdomain: a, token: b, service_key: c, client_name: d"),
        ("rocketchat", "rocketchat_url: a, rocketchat_no_verify_ssl: false, rocketchat_username: b"),
        ("slack", "token: a, channels: [b], hex_color: '#fff'"),
        ("twilio", "account_sid: a, account_token: b, from_number: '1', to_numbers: ['2']"),
        ("webhook", "url: 'https://a', headers: {}, http_method: PUT"),
    ] {
        is_right(&notification(kind, settings, "{}"));
    }
}

#[test]
fn settings_are_complete_and_right() {
    says(
        &notification("slack", "channels: [a]", "{}"),
        &[
            "Warning a.yml:1: controller_notifications[0].notification_configuration: Missing required fields for Notification Configuration: token.",
        ],
    );
    says(
        &notification("slack", "token: a, channels: []", "{}"),
        &["No values specified for field 'channels'"],
    );
    says(
        &notification("slack", "token: a, channels: [b], chanels: [c]", "{}"),
        &[
            "Warning a.yml:1: controller_notifications[0].notification_configuration.chanels: unknown setting `chanels` of slack (did you mean `channels`?); it is ignored",
        ],
    );
    for (setting, expected) in [("token: 1", "text"), ("channels: a", "a list")] {
        let name = setting.split(':').next().unwrap();
        let settings = format!("{setting}, {}", if name == "token" { "channels: [b]" } else { "token: a" });
        says(
            &notification("slack", &settings, "{}"),
            &[&format!("Configuration field '{name}' incorrect type, expected {expected}.")],
        );
    }
    says(
        &notification("webhook", "url: a, headers: b", "{}"),
        &["Configuration field 'headers' incorrect type, expected a mapping."],
    );
    says(
        &notification("webhook", "url: a, headers: {}, disable_ssl_verification: 1", "{}"),
        &["expected true or false."],
    );
    says(
        &notification(
            "irc",
            "server: a, port: x, nickname: b, password: '', use_ssl: true, targets: [c]",
            "{}",
        ),
        &["'port' incorrect type, expected a whole number."],
    );
    says(
        &notification("webhook", "url: a, headers: {}, http_method: GET", "{}"),
        &["HTTP method must be either 'POST' or 'PUT'."],
    );
    // Settings that the file leaves alone are the Controller's.
    is_right("controller_notifications: [{name: N, organization: Lab, notification_type: slack}]");
}

#[test]
fn messages_have_their_shape() {
    is_right(&webhook(
        "{started: {message: a}, error: null, workflow_approval: {denied: {message: a, body: b}}}",
    ));
    says(&webhook("[a]"), &["a mapping is expected here"]);
    says(
        &webhook("{sucess: {}}"),
        &[
            "Event 'sucess' invalid, must be one of started, success, error, workflow_approval (did you mean `success`?)",
        ],
    );
    says(&webhook("{workflow_approval: {aproved: {}}}"), &["Workflow Approval event 'aproved' invalid"]);
    says(&webhook("{success: {text: a}}"), &["Message type 'text' invalid, must be one of message, body"]);
    says(&webhook("{success: {message: 1}}"), &["a message is text"]);
    says(&webhook(r#"{success: {message: "a\nb"}}"#), &["Messages cannot contain newlines"]);
    is_right(&webhook(r#"{success: {body: "a\nb"}}"#));
}

#[test]
fn messages_are_templates() {
    is_right(&webhook(
        "{success: {message: '{{ job_friendly_name }} {{ job.summary_fields.inventory.name }} {{ url }}'}}",
    ));
    says(
        &webhook("{success: {message: '{{ job.id'}}"),
        &["messages.success.message: Unable to render message"],
    );
    says(
        &webhook("{success: {message: '{{ job.id }} {{ job_frendly_name }}'}}"),
        &[
            "Warning a.yml:1: controller_notifications[0].messages.success.message: Field 'job_frendly_name' unavailable (did you mean `job_friendly_name`?)",
        ],
    );
}
