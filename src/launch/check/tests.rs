use super::*;

fn prompts(value: Value) -> Prompts {
    Prompts::read(value).unwrap()
}

fn survey(questions: &Value) -> Survey {
    serde_json::from_value(json!({"spec": questions})).unwrap()
}

fn given(name: &str, value: Value) -> (String, Variable) {
    (name.to_owned(), Variable { value, is_text: true, is_public: true, is_secret: false })
}

fn request(fields: &[(Field, Value)], variables: &[(&str, Value)]) -> Request {
    Request {
        fields: fields.iter().cloned().collect(),
        variables: variables.iter().map(|(name, value)| given(name, value.clone())).collect(),
        ..Request::default()
    }
}

fn problems(request: &Request, asks: Value, questions: Value) -> Vec<String> {
    let found = check(request, &prompts(asks), &survey(&questions)).unwrap_err();
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn what_the_controller_would_ignore_is_an_error() {
    let asked =
        request(&[(Field::Limit, json!("web1")), (Field::Forks, json!(5)), (Field::Tags, json!("x"))], &[]);
    let found =
        problems(&asked, json!({"ask_limit_on_launch": false, "ask_tags_on_launch": true}), json!([]));
    assert_eq!(
        found,
        [
            "--limit: the template does not ask for the limit (set \"Prompt on launch\" for it in the template, or leave it out)",
            "--forks: a template of this kind has no such field (leave it out)",
        ]
    );
}

#[test]
fn what_is_used_anyway_is_no_wish() {
    let asked = request(&[(Field::JobType, json!("run"))], &[]);
    let asks = json!({"ask_job_type_on_launch": false, "defaults": {"job_type": "run"}});
    assert!(check(&asked, &prompts(asks), &survey(&json!([]))).unwrap().body().is_empty());
}

#[test]
fn variables_go_where_they_are_asked_for() {
    let asked = request(&[], &[("deploy_app", json!("x")), ("other", json!(1))]);
    let found = problems(&asked, json!({"ask_variables_on_launch": false}), json!([]));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("the template takes no variables: `deploy_app`, `other` ("), "{found:?}");
    let questions = json!([{"variable": "deploy_apps", "type": "text"}]);
    let found = problems(&asked, json!({"survey_enabled": true}), questions.clone());
    assert!(found[0].contains("`deploy_app` (did you mean `deploy_apps`?), `other`"), "{found:?}");
    // A survey that is switched off takes nothing.
    let asked = request(&[], &[("deploy_apps", json!("x"))]);
    assert_eq!(problems(&asked, json!({"survey_enabled": false}), questions).len(), 1);
    let free =
        check(&asked, &prompts(json!({"ask_variables_on_launch": true})), &survey(&json!([]))).unwrap();
    assert_eq!(free.body()["extra_vars"], json!({"deploy_apps": "x"}));
}

const APPS: fn() -> Value = || {
    json!([
        {"question_name": "Apps", "variable": "apps", "type": "text", "required": true},
        {"question_name": "Prune", "variable": "prune", "type": "multiplechoice", "choices": ["yes", "no"],
         "required": true, "default": "no"},
        {"question_name": "Forks", "variable": "n", "type": "integer", "max": 9},
        {"question_name": "Pass", "variable": "db.pw", "type": "password", "required": true},
    ])
};

#[test]
fn a_survey_is_answered() {
    let asks = json!({"survey_enabled": true, "variables_needed_to_start": ["apps", "prune", "db.pw"]});
    let asked = request(&[], &[("apps", json!("traefik")), ("n", json!("5"))]);
    let mut launch = check(&asked, &prompts(asks.clone()), &survey(&APPS())).unwrap();
    assert_eq!(launch.body()["extra_vars"], json!({"apps": "traefik", "n": 5, "prune": "no"}));
    assert_eq!(launch.notes, ["prune: no (the survey's default)"]);
    let need = launch.needs[0].clone();
    assert_eq!((need.variable().as_str(), need.question.as_str()), ("NAUTOBRIDGE_LAUNCH_DB_PW", "Pass"));
    launch.answer(&need, "s3cret");
    assert!(launch.needs.is_empty() && launch.secrets == ["s3cret"]);
    assert_eq!(launch.body()["extra_vars"]["db.pw"], "s3cret");
    assert!(!format!("{launch:?}{asked:?}").contains("s3cret") && !format!("{asked:?}").contains("traefik"));
    let asked = request(&[], &[("n", json!("50")), ("db.pw", json!("s3cret"))]);
    assert_eq!(
        problems(&asked, asks, APPS()),
        [
            "the answer to \"Forks\" (`n`) does not fit: 9 is the most",
            "the survey's question \"Apps\" has to be answered (give -e apps=…)",
        ]
    );
}

#[test]
fn a_password_among_the_arguments_is_told() {
    let asked = request(&[], &[("apps", json!("x")), ("db.pw", json!("s3cret"))]);
    let launch = check(&asked, &prompts(json!({"survey_enabled": true})), &survey(&APPS())).unwrap();
    assert!(launch.notes.iter().any(|note| note.contains("process list")), "{:?}", launch.notes);
    assert!(!launch.notes.concat().contains("s3cret"));
    assert_eq!(launch.secrets, ["s3cret"]);
}

#[test]
fn credentials_take_the_place_of_those_of_their_type() {
    let credential = |id, of, vault: Option<&str>, needs: &[&str]| DefaultCredential {
        id,
        name: format!("c{id}"),
        credential_type: Some(of),
        vault_id: vault.map(str::to_owned),
        passwords_needed: needs.iter().map(|need| (*need).to_owned()).collect(),
    };
    let asks = json!({"ask_credential_on_launch": true, "passwords_needed_to_start": ["ssh_password"], "defaults": {
        "credentials": [{"id": 1, "credential_type": 1, "passwords_needed": ["ssh_password"]},
            {"id": 2, "credential_type": 3, "vault_id": "a"}, {"id": 3, "credential_type": 3, "vault_id": "b"}]}});
    let needs = |launch: &Launch| launch.needs.iter().map(|need| need.key.clone()).collect::<Vec<_>>();
    let launch = check(&Request::default(), &prompts(asks.clone()), &Survey::default()).unwrap();
    assert_eq!((needs(&launch), launch.body().is_empty()), (vec!["ssh_password".to_owned()], true));
    let given = vec![credential(9, 1, None, &[]), credential(8, 3, Some("b"), &["vault_password.b"])];
    let asked = Request { credentials: given, ..Request::default() };
    let launch = check(&asked, &prompts(asks), &Survey::default()).unwrap();
    assert_eq!(launch.body()["credentials"], json!([2, 9, 8]));
    assert_eq!(needs(&launch), ["vault_password.b"]);
    assert_eq!(launch.needs[0].variable(), "NAUTOBRIDGE_LAUNCH_VAULT_PASSWORD_B");
    assert_eq!(launch.needs[0].question, "vault password (b)");
}

#[test]
fn what_is_missing_of_the_template() {
    let found = problems(
        &Request::default(),
        json!({"inventory_needed_to_start": true, "node_templates_missing": [4], "variables_needed_to_start": ["x"]}),
        json!([]),
    );
    assert_eq!(found.len(), 3, "{found:?}");
}
