//! Dotted paths with `*`, to name variables and what stands inside them.

/// A path pattern: `nautobot.tags`, `app_list.*.env`. An item of a list is one step too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<String>);

impl Pattern {
    /// Reads a pattern.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.split('.').map(str::to_owned).collect())
    }

    /// Reads several.
    #[must_use]
    pub fn all(texts: &[String]) -> Vec<Self> {
        texts.iter().map(|text| Self::new(text)).collect()
    }

    /// Whether it names this very path.
    #[must_use]
    pub fn is(&self, path: &[String]) -> bool {
        self.0.len() == path.len() && self.agrees(path)
    }

    /// Whether it names this path or one above it.
    #[must_use]
    pub fn covers(&self, path: &[String]) -> bool {
        self.0.len() <= path.len() && self.agrees(path)
    }

    /// Whether it names something below this path.
    #[must_use]
    pub fn reaches_into(&self, path: &[String]) -> bool {
        self.0.len() > path.len() && self.agrees(path)
    }

    fn agrees(&self, path: &[String]) -> bool {
        self.0.iter().zip(path).all(|(step, key)| step == "*" || step == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn patterns() {
        let pattern = Pattern::new("app_list.*.env");
        assert!(pattern.is(&path("app_list.traefik.env")));
        assert!(!pattern.is(&path("app_list.traefik")));
        assert!(pattern.covers(&path("app_list.traefik.env.TZ")));
        assert!(!pattern.covers(&path("app_list.traefik.image")));
        assert!(pattern.reaches_into(&path("app_list.traefik")));
        assert!(!pattern.reaches_into(&path("dns")));
    }
}
