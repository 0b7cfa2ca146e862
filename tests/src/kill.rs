//! A process that dies at a chosen moment.
//!
//! A future that is dropped does nothing more. To the outside that looks like SIGKILL between two
//! instructions. A request that it has sent is still on its way.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll},
};

/// Runs `work` until it has been polled `polls` times without an end; `None` when it died so.
pub async fn after_polls<F: Future>(work: F, polls: usize) -> Option<F::Output> {
    let work = pin!(work);
    Mortal { work, left: polls }.await
}

struct Mortal<'a, F> {
    work: Pin<&'a mut F>,
    left: usize,
}

impl<F: Future> Future for Mortal<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        match self.work.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            // Nobody would poll it again, to find that it is dead.
            Poll::Pending if self.left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
