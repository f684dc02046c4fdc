//! "Did you mean …": the known name nearest to one that is not known.

/// The candidate most like `word`, if one is like it at all: with a typo or two, or with the same last words
/// (`description` for `question_description`).
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    let ending = format!("_{wanted}");
    candidates
        .into_iter()
        .map(|candidate| {
            let known = candidate.to_lowercase();
            let ends_so = wanted.len() > 2 && known.ends_with(&ending);
            (if ends_so { SAME_END } else { strsim::jaro_winkler(&wanted, &known) }, candidate)
        })
        .filter(|(score, _)| *score >= 0.8)
        // The first of several that are equally like it.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, candidate)| candidate)
}

/// How like a word is that ends in all of the other: more than two words with the same beginning, less than a typo.
const SAME_END: f64 = 0.96;

/// ` (did you mean `x`?)`, or nothing when no candidate is like `word`.
#[must_use]
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_nearest_or_nothing() {
        assert_eq!(nearest("concurency", ["retries", "concurrency"]), Some("concurrency"));
        assert_eq!(
            nearest("description", ["descriptor", "question_description"]),
            Some("question_description")
        );
        assert_eq!(nearest("descripton", ["description", "question_description"]), Some("description"));
        assert_eq!(nearest("zzz", ["retries", "concurrency"]), None);
    }
}
