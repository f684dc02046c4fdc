//! Events in order: the Controller stores them in batches, by several workers, so that a page may lack what comes later.

/// What has a place in the order.
pub(super) trait Numbered {
    /// Its number, from 1.
    fn number(&self) -> u64;
}

/// Numbers that are missing: both ends are missing too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The first.
    pub from: u64,
    /// The last.
    pub to: u64,
}

/// What is to be told of a page, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<E> {
    /// An event.
    Event(E),
    /// Events that will not come.
    Lost(Gap),
}

/// What came of a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Batch<E> {
    /// What is next to be told.
    pub pieces: Vec<Piece<E>>,
    /// What is waited for: later events are there already, and are asked for again.
    pub late: Option<Gap>,
}

/// How far the events were told. It keeps none: memory is bounded by the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sequence {
    told: u64,
}

impl Sequence {
    /// The number of the last event that was told; pages are to begin behind it.
    #[must_use]
    pub(super) fn told(self) -> u64 {
        self.told
    }

    /// Takes a page. `all_in`: no more events will come, so that a gap in it is for good.
    pub(super) fn take<E: Numbered>(&mut self, mut page: Vec<E>, all_in: bool) -> Batch<E> {
        page.sort_by_key(Numbered::number);
        let mut pieces = Vec::with_capacity(page.len());
        for event in page {
            let number = event.number();
            if number <= self.told {
                continue;
            }
            if number > self.told + 1 {
                let gap = Gap { from: self.told + 1, to: number - 1 };
                if !all_in {
                    return Batch { pieces, late: Some(gap) };
                }
                pieces.push(Piece::Lost(gap));
            }
            self.told = number;
            pieces.push(Piece::Event(event));
        }
        Batch { pieces, late: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Numbered for u64 {
        fn number(&self) -> u64 {
            *self
        }
    }

    fn told(batch: &Batch<u64>) -> Vec<u64> {
        batch
            .pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Event(number) => Some(*number),
                Piece::Lost(_) => None,
            })
            .collect()
    }

    #[test]
    fn a_gap_is_waited_for() {
        let mut sequence = Sequence::default();
        let batch = sequence.take(vec![2, 1, 5, 1], false);
        assert_eq!((told(&batch), batch.late), (vec![1, 2], Some(Gap { from: 3, to: 4 })));
        let batch = sequence.take(vec![3, 4, 5], false);
        assert_eq!((told(&batch), batch.late), (vec![3, 4, 5], None));
        assert_eq!(sequence.told(), 5);
    }

    #[test]
    fn a_gap_at_the_end_is_told() {
        let mut sequence = Sequence::default();
        let batch = sequence.take(vec![3, 4, 7], true);
        let lost = |from, to| Piece::Lost(Gap { from, to });
        assert_eq!(batch.pieces, [lost(1, 2), Piece::Event(3), Piece::Event(4), lost(5, 6), Piece::Event(7)]);
    }

    proptest! {
        /// A server that shows at each look any part of what is there, in any order and some of it twice: all is told,
        /// once, in order.
        #[test]
        fn all_is_told_once_in_order(
            count in 0u64..60,
            looks in proptest::collection::vec(proptest::collection::vec(0u64..60, 0..20), 0..30),
        ) {
            let mut sequence = Sequence::default();
            let mut all = Vec::new();
            for look in looks {
                let page: Vec<u64> = look.into_iter().map(|n| n + 1).filter(|n| *n <= count).collect();
                all.extend(told(&sequence.take(page, false)));
            }
            let rest: Vec<u64> = (sequence.told() + 1..=count).collect();
            let batch = sequence.take(rest, true);
            prop_assert!(batch.late.is_none());
            all.extend(told(&batch));
            prop_assert_eq!(all, (1..=count).collect::<Vec<u64>>());
        }

        /// Where some never come, the rest is told, and exactly those are lost.
        #[test]
        fn what_never_comes_is_named(present in proptest::collection::btree_set(1u64..80, 0..60)) {
            let mut sequence = Sequence::default();
            let batch = sequence.take(present.iter().copied().collect(), true);
            prop_assert_eq!(told(&batch), present.iter().copied().collect::<Vec<_>>());
            let lost: Vec<u64> = batch.pieces.iter().filter_map(|piece| match piece {
                Piece::Lost(gap) => Some(gap.from..=gap.to),
                Piece::Event(_) => None,
            }).flatten().collect();
            let expected: Vec<u64> = (1..=sequence.told()).filter(|n| !present.contains(n)).collect();
            prop_assert_eq!(lost, expected);
        }
    }
}
