//! Work on stretches side by side, of which each is delivered once all before it are.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

/// What was made, and waits for what comes before it.
struct Waiting<'d, T, E> {
    made: BTreeMap<usize, T>,
    /// Nothing while somebody delivers.
    deliver: Option<&'d mut (dyn FnMut(T) + Send)>,
    /// The first of those that failed.
    failed: Option<(usize, E)>,
}

/// Makes something of each of so many, and delivers it in their order, on the core that made what was awaited. No more
/// than so many are begun that are not delivered.
///
/// # Errors
///
/// One of them failed; what comes after it is not delivered.
pub(super) fn in_order<T: Send, E: Send>(
    (count, ahead): (usize, usize),
    make: impl Fn(usize) -> Result<T, E> + Sync,
    deliver: &mut (dyn FnMut(T) + Send),
) -> Result<(), E> {
    let (begun, delivered) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let waiting =
        Mutex::new(Waiting { made: BTreeMap::new(), deliver: Some(deliver), failed: None });
    let begin = || {
        let last = delivered.load(Ordering::Acquire).saturating_add(ahead.max(1)).min(count);
        let next = |it: usize| (it < last).then_some(it + 1);
        begun.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()
    };
    let add = |at: usize, made: Result<T, E>| {
        // Who panics takes everybody along, so that nobody finds it locked for good.
        let Ok(mut own) = waiting.lock() else { return };
        match made {
            Ok(it) => drop(own.made.insert(at, it)),
            Err(why) if own.failed.as_ref().is_none_or(|it| at < it.0) => {
                own.failed = Some((at, why));
            }
            Err(_) => {}
        }
        if own.failed.is_some() {
            begun.store(count, Ordering::Relaxed);
        }
        let Some(deliver) = own.deliver.take() else { return };
        // Nobody waits while something is delivered; what was made meanwhile comes after it.
        while let Some(next) = own.made.remove(&delivered.load(Ordering::Acquire)) {
            drop(own);
            deliver(next);
            delivered.fetch_add(1, Ordering::Release);
            let Ok(again) = waiting.lock() else { return };
            own = again;
        }
        own.deliver = Some(deliver);
    };
    // A core that got too far ahead helps the others with theirs, and is called again.
    while begun.load(Ordering::Relaxed) < count {
        (0..rayon::current_num_threads()).into_par_iter().with_max_len(1).for_each(|_| {
            while let Some(at) = begin() {
                add(at, make(at));
            }
        });
    }
    match waiting.into_inner() {
        Ok(Waiting { failed: Some((_, why)), .. }) => Err(why),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_come_in_order_and_nobody_gets_too_far_ahead() {
        for (count, ahead) in [(0, 4), (1, 4), (100, 1), (100, 3), (100, 1000)] {
            let (begun, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let mut all = Vec::new();
            let make = |at: usize| {
                let now = begun.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                // The work of each is shared out, too.
                let sum: usize = (0..at % 7 * 1000).into_par_iter().sum();
                Ok::<(usize, usize), ()>((at, sum))
            };
            let mut deliver = |(at, sum): (usize, usize)| {
                begun.fetch_sub(1, Ordering::SeqCst);
                let last = at % 7 * 1000;
                assert_eq!(sum, last * last.saturating_sub(1) / 2);
                all.push(at);
            };
            assert_eq!(in_order((count, ahead), make, &mut deliver), Ok(()));
            assert_eq!(all, (0..count).collect::<Vec<_>>());
            assert!(most.into_inner() <= ahead, "{ahead}");
        }
    }

    #[test]
    fn nothing_is_delivered_after_one_that_failed() {
        let mut all = Vec::new();
        let make = |at: usize| if at == 5 || at == 9 { Err(at) } else { Ok(at) };
        assert_eq!(in_order((20, 4), make, &mut |it| all.push(it)), Err(5));
        assert_eq!(all, [0, 1, 2, 3, 4]);
    }
}
