//! How many items were read one by one.

use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Counts single reads by table.
#[derive(Debug, Default)]
pub struct SingleReads(Mutex<BTreeMap<String, u64>>);

impl SingleReads {
    /// Counts a read, and answers with how many there are now of this table.
    pub fn note(&self, table: &str) -> u64 {
        let mut counts = self.lock();
        if let Some(count) = counts.get_mut(table) {
            *count += 1;
            return *count;
        }
        counts.insert(table.to_owned(), 1);
        1
    }

    /// The counts so far, for the wide event.
    pub(super) fn by_table(&self) -> Map<String, Value> {
        self.lock().iter().map(|(table, count)| (table.clone(), (*count).into())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
