//! Cycles in what points at each other: workflow nodes, groups, workflows.

/// The cycles of a graph: each as its nodes in order, found at its first node. At most one is told for each edge that
/// closes one.
pub(super) fn cycles(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut walk = Walk { edges, state: vec![State::New; edges.len()], cycles: Vec::new() };
    for start in 0..edges.len() {
        walk.from(start);
    }
    walk.cycles
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

struct Walk<'a> {
    edges: &'a [Vec<usize>],
    state: Vec<State>,
    cycles: Vec<Vec<usize>>,
}

impl Walk<'_> {
    /// Depth first, without recursion: a file may hold thousands of nodes in a row.
    fn from(&mut self, start: usize) {
        if self.state[start] != State::New {
            return;
        }
        // The way from the start, and which edge of each node is next.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        self.state[start] = State::Open;
        while let Some((node, next)) = way.last_mut() {
            let Some(&to) = self.edges[*node].get(*next) else {
                self.state[*node] = State::Done;
                way.pop();
                continue;
            };
            *next += 1;
            match self.state[to] {
                State::New => {
                    self.state[to] = State::Open;
                    way.push((to, 0));
                }
                State::Open => {
                    let cycle = way.iter().map(|(node, _)| *node).skip_while(|node| *node != to);
                    self.cycles.push(cycle.collect());
                }
                State::Done => {}
            }
        }
    }
}

/// `a → b → a`.
pub(super) fn path<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<_> = names.into_iter().collect();
    names.extend(names.first().copied());
    names.join(" → ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_cycles_and_nothing_else() {
        assert!(cycles(&[vec![1, 2], vec![2], vec![]]).is_empty(), "a diamond is no cycle");
        assert_eq!(cycles(&[vec![1], vec![2], vec![1]]), [vec![1, 2]]);
        assert_eq!(cycles(&[vec![0]]), [vec![0]]);
        assert_eq!(cycles(&[vec![], vec![2], vec![1]]), [vec![1, 2]], "none needs a way from the first");
    }

    #[test]
    fn a_long_chain_is_walked_without_recursion() {
        let chain: Vec<Vec<usize>> = (0..100_000).map(|node| vec![(node + 1) % 100_000]).collect();
        assert_eq!(cycles(&chain).len(), 1);
    }
}
