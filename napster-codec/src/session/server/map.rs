//! Ordered maps and sets that share one tree for each type of key.
//!
//! A tree is compiled anew for each pair of key and value, and trees of a dozen pairs were a quarter of
//! what the optimiser got to work on. Here the tree holds places in a vector, whatever the values are.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// A map in order of its keys.
#[derive(Clone, Debug)]
pub(super) struct Map<K, V> {
    places: BTreeMap<K, usize>,
    values: Vec<Option<V>>,
    /// Places in `values` that are free.
    free: Vec<usize>,
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> Map<K, V> {
    pub(super) const fn new() -> Self {
        Self { places: BTreeMap::new(), values: Vec::new(), free: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.places.iter().filter_map(|(key, place)| {
            let value = self.values.get(*place)?.as_ref()?;
            Some((key, value))
        })
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.places.keys()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

impl<K: Ord, V> Map<K, V> {
    pub(super) fn contains_key(&self, key: &K) -> bool {
        self.places.contains_key(key)
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.values.get(*self.places.get(key)?)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.values.get_mut(*self.places.get(key)?)?.as_mut()
    }

    /// The value of a key, made where there is none yet.
    pub(super) fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let (free, end) = (&mut self.free, self.values.len());
        let place = *self.places.entry(key).or_insert_with(|| free.pop().unwrap_or(end));
        if place == end {
            self.values.push(None);
        }
        self.values[place].get_or_insert_with(make)
    }

    /// Sets the value of a key; gives the one that it had.
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        if let Some(old) = self.get_mut(&key) {
            return Some(core::mem::replace(old, value));
        }
        self.get_or_insert_with(key, || value);
        None
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let place = self.places.remove(key)?;
        let value = self.values.get_mut(place)?.take();
        self.free.push(place);
        if self.places.is_empty() {
            (self.values, self.free) = (Vec::new(), Vec::new());
        }
        value
    }
}

/// Keys in order.
#[derive(Clone, Debug)]
pub(super) struct Set<K>(BTreeMap<K, usize>);

impl<K> Default for Set<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> Set<K> {
    pub(super) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &K> {
        self.0.keys()
    }
}

impl<K: Ord> Set<K> {
    pub(super) fn contains(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// Adds a key; false where it is there.
    pub(super) fn insert(&mut self, key: K) -> bool {
        self.0.insert(key, 0).is_none()
    }

    /// Removes a key; false where it is not there.
    pub(super) fn remove(&mut self, key: &K) -> bool {
        self.0.remove(key).is_some()
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::{Map, Set};

    proptest! {
        #[test]
        fn a_map_is_what_the_standard_one_is(steps in prop::collection::vec((0..3, 0..8_u8, 0..99_u32), 0..64)) {
            let (mut map, mut expected) = (Map::new(), BTreeMap::new());
            for (step, key, value) in steps {
                match step {
                    0 => prop_assert_eq!(map.insert(key, value), expected.insert(key, value)),
                    1 => prop_assert_eq!(map.remove(&key), expected.remove(&key)),
                    _ => prop_assert_eq!(
                        map.get_or_insert_with(key, || value),
                        expected.entry(key).or_insert(value)
                    ),
                }
                prop_assert_eq!(map.get(&key), expected.get(&key));
                prop_assert_eq!(map.contains_key(&key), expected.contains_key(&key));
                prop_assert!(map.iter().eq(expected.iter()) && map.keys().eq(expected.keys()));
                prop_assert_eq!((map.len(), map.is_empty()), (expected.len(), expected.is_empty()));
            }
        }
    }

    #[test]
    fn places_are_used_again_and_given_back() {
        let mut map = Map::new();
        for key in 0..100 {
            map.insert(key, key);
            map.insert(key + 1, key);
            map.remove(&key);
        }
        assert!(map.values.len() <= 3, "{}", map.values.len());
        map.remove(&100);
        assert_eq!((map.len(), map.values.capacity(), map.free.capacity()), (0, 0, 0));
    }

    #[test]
    fn a_set_says_what_changed() {
        let mut set = Set::new();
        assert!(set.insert(2) && set.insert(1) && !set.insert(2));
        assert!(set.remove(&2) && !set.remove(&2) && set.contains(&1) && !set.contains(&2));
        assert_eq!(
            (set.len(), set.is_empty(), set.iter().collect::<Vec<_>>()),
            (1, false, [&1].into())
        );
    }
}
