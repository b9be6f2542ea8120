//! Whose turn it is to write to SQLite.
//!
//! SQLite has one write lock and gives it to whoever asks at the right moment: while one thread commits without pause,
//! another can ask for seconds in vain. Here writers of one process queue, so that a storm of resolves cannot keep
//! a revocation waiting, nor the other way round. Other processes still meet SQLite's own lock.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A queue for one lock, first come first served.
#[derive(Default)]
pub(super) struct Turns {
    queue: Mutex<Queue>,
    moved: Condvar,
}

#[derive(Default)]
struct Queue {
    next: u64,
    /// The front has its turn, the others wait for theirs.
    waiting: VecDeque<u64>,
}

/// A turn, until it is dropped.
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    ticket: u64,
}

impl Turns {
    /// Waits for a turn; `None` when it did not come within `patience`.
    pub(super) fn take(&self, patience: Duration) -> Option<Turn<'_>> {
        let until = Instant::now() + patience;
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let ticket = queue.next;
        queue.next += 1;
        queue.waiting.push_back(ticket);
        // From here on the ticket leaves the queue when this is dropped, whatever happens.
        let turn = Turn { turns: self, ticket };
        while queue.waiting.front() != Some(&ticket) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(queue);
                return None;
            }
            (queue, _) = self.moved.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner);
        }
        Some(turn)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut queue = self.turns.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.waiting.retain(|ticket| *ticket != self.ticket);
        self.turns.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[test]
    fn turns_come_in_the_order_of_asking() {
        let turns = Turns::default();
        let (done, order) = channel();
        std::thread::scope(|threads| {
            let first = turns.take(PATIENCE);
            for number in 0..5 {
                let (turns, done) = (&turns, done.clone());
                threads.spawn(move || {
                    let _turn = turns.take(PATIENCE).unwrap();
                    done.send(number).unwrap();
                });
                while turns.queue.lock().unwrap().waiting.len() < number + 2 {
                    std::thread::yield_now();
                }
            }
            drop(first);
        });
        assert_eq!(order.try_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn whoever_gives_up_is_not_waited_for() {
        let turns = Turns::default();
        let first = turns.take(PATIENCE);
        assert!(turns.take(Duration::from_millis(1)).is_none());
        drop(first);
        assert!(turns.take(Duration::from_millis(1)).is_some());
        assert!(turns.take(Duration::from_millis(1)).is_some());
    }
}
