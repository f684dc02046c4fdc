//! Which of several objects of the same name a reference means: the planner's rule (`World::resolve`), for the files
//! alone.

use crate::seed::item::Reference;
use crate::seed::kind::{Identity, Kind};
use crate::seed::managed_types;

/// The organization of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner<'a> {
    /// This one.
    Organization(&'a str),
    /// None.
    Nobody,
    /// It cannot be said: a job template whose project is not known.
    Unknown,
}

/// An object that a reference may mean: its name is the reference's.
pub(super) trait Candidate {
    /// Its kind.
    fn kind(&self) -> Kind;
    /// Its organization; that of its inventory or project where it has none of its own.
    fn owner(&self) -> Owner<'_>;
    /// Its inventory, for hosts, groups and inventory sources.
    fn inventory(&self) -> Option<&str>;
    /// Its credential type, for credentials.
    fn credential_type(&self) -> Option<&str>;
    /// Its kind, for credential types.
    fn type_kind(&self) -> Option<&str>;
}

/// Where a reference stands: what decides when the reference itself says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standpoint<'a> {
    /// The organization of the object that refers.
    pub(super) organization: Option<&'a str>,
    /// The inventory of the group that refers: its hosts and children are of the same one.
    pub(super) inventory: Option<&'a str>,
}

/// What a reference means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Choice<T> {
    /// This object.
    One(T),
    /// None of the candidates.
    Nothing,
    /// One of these; the reference does not say which.
    Ambiguous(Vec<T>),
}

/// Chooses among the objects of a reference's name: what the reference says (kind, organization, inventory, credential
/// type) leaves out the others; then those of the own organization go first, then those without one; and one that is
/// left alone is meant.
pub(super) fn choose<T: Candidate>(
    reference: &Reference,
    from: Standpoint<'_>,
    candidates: Vec<T>,
) -> Choice<T> {
    let mut left: Vec<T> = candidates.into_iter().filter(|object| fits(reference, from, object)).collect();
    if reference.organization.is_none() {
        let own =
            |object: &T| from.organization.is_some_and(|name| object.owner() == Owner::Organization(name));
        let nobodys = |object: &T| object.owner() == Owner::Nobody;
        if left.iter().any(own) {
            left.retain(own);
        } else if left.iter().any(nobodys) {
            left.retain(nobodys);
        }
    }
    match left.len() {
        0 => Choice::Nothing,
        1 => left.pop().map_or(Choice::Nothing, Choice::One),
        _ => Choice::Ambiguous(left),
    }
}

/// Whether an object is not ruled out by what the reference says.
fn fits<T: Candidate>(reference: &Reference, from: Standpoint<'_>, object: &T) -> bool {
    reference.target.kinds().contains(&object.kind())
        && reference.organization.as_deref().is_none_or(|wanted| match object.owner() {
            // Its name is enough: there is one of it on the whole Controller.
            _ if object.kind().spec().identity == Identity::Name => true,
            Owner::Organization(name) => name == wanted,
            Owner::Nobody => wanted.is_empty(),
            Owner::Unknown => true,
        })
        && of_inventory(reference, from)
            .is_none_or(|wanted| object.inventory().is_none_or(|name| name == wanted))
        && reference
            .credential_type
            .as_deref()
            .is_none_or(|wanted| object.credential_type().is_none_or(|name| same_type(name, wanted)))
        && reference
            .type_kind
            .as_deref()
            .is_none_or(|wanted| object.type_kind().is_none_or(|kind| kind == wanted))
}

fn of_inventory<'a>(reference: &'a Reference, from: Standpoint<'a>) -> Option<&'a str> {
    reference.inventory.as_deref().or(from.inventory)
}

/// A credential type may be named by its namespace too.
fn same_type(one: &str, other: &str) -> bool {
    let name = |word| managed_types::find(word).map_or(word, |kind| kind.name.as_str());
    one == other || name(one) == name(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::kind::Target;
    use crate::seed::value::At;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Object(Kind, Option<&'static str>, Option<&'static str>);

    impl Candidate for Object {
        fn kind(&self) -> Kind {
            self.0
        }
        fn owner(&self) -> Owner<'_> {
            match self.1 {
                Some("?") => Owner::Unknown,
                Some(name) => Owner::Organization(name),
                None => Owner::Nobody,
            }
        }
        fn inventory(&self) -> Option<&str> {
            if self.0 == Kind::Host { self.2 } else { None }
        }
        fn credential_type(&self) -> Option<&str> {
            if self.0 == Kind::Credential { self.2 } else { None }
        }
        fn type_kind(&self) -> Option<&str> {
            None
        }
    }

    fn reference(target: Target) -> Reference {
        Reference {
            target,
            name: "x".to_owned(),
            organization: None,
            inventory: None,
            credential_type: None,
            type_kind: None,
            at: At { file: "a.yml".into(), line: 1 },
            path: String::new(),
        }
    }

    fn project(organization: Option<&'static str>) -> Object {
        Object(Kind::Project, organization, None)
    }

    fn from(organization: &'static str) -> Standpoint<'static> {
        Standpoint { organization: Some(organization), inventory: None }
    }

    #[test]
    fn the_own_organization_goes_first_then_none_then_the_only_one() {
        let asked = reference(Target::Kind(Kind::Project));
        let (a, b, none) = (project(Some("A")), project(Some("B")), project(None));
        assert_eq!(choose(&asked, from("A"), vec![b, a, none]), Choice::One(a));
        assert_eq!(choose(&asked, from("C"), vec![b, a, none]), Choice::One(none));
        assert_eq!(choose(&asked, from("C"), vec![b]), Choice::One(b));
        assert_eq!(choose(&asked, from("C"), vec![a, b]), Choice::Ambiguous(vec![a, b]));
        assert_eq!(choose(&asked, Standpoint::default(), vec![a, b]), Choice::Ambiguous(vec![a, b]));
        assert_eq!(choose::<Object>(&asked, from("A"), vec![]), Choice::Nothing);
    }

    #[test]
    fn what_the_reference_says_rules_the_others_out() {
        let mut asked = reference(Target::Kind(Kind::Project));
        asked.organization = Some("B".to_owned());
        let (a, b, unknown) = (project(Some("A")), project(Some("B")), project(Some("?")));
        assert_eq!(choose(&asked, from("A"), vec![a, b]), Choice::One(b));
        assert_eq!(choose(&asked, from("A"), vec![a]), Choice::Nothing);
        assert_eq!(choose(&asked, from("A"), vec![a, unknown]), Choice::One(unknown));
        asked.organization = Some(String::new());
        assert_eq!(choose(&asked, from("A"), vec![a, project(None)]), Choice::One(project(None)));
    }

    #[test]
    fn kinds_are_told_apart_where_the_reference_says_which() {
        let (project, template) = (project(Some("A")), Object(Kind::JobTemplate, Some("A"), None));
        let any = reference(Target::UnifiedJobTemplate);
        assert_eq!(
            choose(&any, from("A"), vec![project, template]),
            Choice::Ambiguous(vec![project, template])
        );
        let one = reference(Target::Kind(Kind::JobTemplate));
        assert_eq!(choose(&one, from("A"), vec![project, template]), Choice::One(template));
    }

    #[test]
    fn hosts_are_of_the_group_s_inventory_and_credentials_of_the_named_type() {
        let hosts = [Object(Kind::Host, None, Some("one")), Object(Kind::Host, None, Some("two"))];
        let group = Standpoint { organization: None, inventory: Some("two") };
        assert_eq!(
            choose(&reference(Target::Kind(Kind::Host)), group, hosts.to_vec()),
            Choice::One(hosts[1])
        );
        let mut asked = reference(Target::Kind(Kind::Credential));
        asked.credential_type = Some("ssh".to_owned());
        let credentials =
            [Object(Kind::Credential, None, Some("Machine")), Object(Kind::Credential, None, Some("Vault"))];
        assert_eq!(
            choose(&asked, Standpoint::default(), credentials.to_vec()),
            Choice::One(credentials[0]),
            "a namespace is as good as a name"
        );
    }
}
