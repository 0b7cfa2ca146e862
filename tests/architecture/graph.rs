//! Which file of a crate needs which. A name leads to the file that defines it, through modules and
//! through what a module hands on.

use crate::{
    paths::{Named, Names, names},
    sources::Source,
};
use std::collections::{BTreeMap, BTreeSet};

/// How many imports a name may lead through.
const LONGEST: usize = 16;

/// The files of a crate.
pub(crate) struct Files<'a> {
    sources: Vec<(&'a Source, Names)>,
    /// By module, the file that holds it. Inline modules are in the file around them.
    modules: BTreeMap<Vec<String>, usize>,
    /// By module and name, the file that defines it.
    defined: BTreeMap<(Vec<String>, String), usize>,
}

impl<'a> Files<'a> {
    /// Reads the files of one crate.
    pub(crate) fn new(sources: &'a [Source]) -> Self {
        let sources: Vec<_> = sources.iter().map(|s| (s, names(&s.without_tests(), &s.module()))).collect();
        let (mut modules, mut defined) = (BTreeMap::new(), BTreeMap::new());
        for (file, (source, names)) in sources.iter().enumerate() {
            modules.insert(source.module(), file);
            for definition in names.definitions.iter().filter(|definition| definition.outside) {
                modules.entry(definition.module.clone()).or_insert(file);
                defined.insert((definition.module.clone(), definition.name.clone()), file);
            }
        }
        Self { sources, modules, defined }
    }

    /// By file, the files that it needs.
    pub(crate) fn edges(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (file, (source, names)) in self.sources.iter().enumerate() {
            let targets = names.paths.iter().flat_map(|named| self.needed(named, names));
            let targets = targets.filter(|target| *target != file).map(|target| self.sources[target].0.path.as_str());
            edges.entry(source.path.as_str()).or_default().extend(targets);
        }
        edges
    }

    /// The files that a path leads to. What a file only hands on, it does not need.
    fn needed(&self, named: &Named, by: &Names) -> Vec<usize> {
        let Some(start) = self.start(&named.module, &named.path) else { return Vec::new() };
        match named.import.as_deref() {
            Some(name) if named.public && !by.words.contains(name) => Vec::new(),
            Some("*") => {
                let all = start[..start.len() - 1].to_vec();
                let word = |word: &String| self.find(&[], &[all.clone(), vec![word.clone()]].concat(), 0);
                by.words.iter().filter_map(word).collect()
            }
            _ => self.find(&[], &start, 0).or_else(|| self.made_by_a_macro(&start)).into_iter().collect(),
        }
    }

    /// A path from the crate's root; `None` when it leads to another crate.
    fn start(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let path: Vec<_> = path.iter().filter(|name| *name != "self").cloned().collect();
        if path.first()? == "crate" {
            return Some(path[1..].to_vec());
        }
        let here = [module, &path[..1]].concat();
        let imported = self.imports(module).any(|import| import.import.as_ref() == Some(&path[0]));
        let known = self.modules.contains_key(&here) || self.defined.contains_key(&(module.to_vec(), path[0].clone()));
        (known || imported).then(|| [module, &path].concat())
    }

    /// The file that defines what `path` names below `module`; `None` for a module by itself.
    fn find(&self, module: &[String], path: &[String], through: usize) -> Option<usize> {
        let (name, rest) = path.split_first().filter(|_| through < LONGEST)?;
        let below = [module, std::slice::from_ref(name)].concat();
        if self.modules.contains_key(&below) {
            return self.find(&below, rest, through);
        }
        if let Some(file) = self.defined.get(&(module.to_vec(), name.clone())) {
            return Some(*file);
        }
        self.imports(module).find_map(|named| {
            let target = self.target(module, named, name)?;
            self.find(&[], &[target, rest.to_vec()].concat(), through + 1)
        })
    }

    /// Where an import of `module` would lead `name` to.
    fn target(&self, module: &[String], named: &Named, name: &String) -> Option<Vec<String>> {
        let import = named.import.as_ref()?;
        // `use a::b` brings `b`: a path that begins with `b` itself is another crate's.
        if *import == *name && named.path.first() == Some(name) {
            return None;
        }
        let path = if import == "*" {
            [&named.path[..named.path.len() - 1], std::slice::from_ref(name)].concat()
        } else if import == name {
            named.path.clone()
        } else {
            return None;
        };
        let path: Vec<_> = path.into_iter().filter(|name| name != "self").collect();
        if path[0] == "crate" {
            return Some(path[1..].to_vec());
        }
        let child = [module, &path[..1]].concat();
        (self.modules.contains_key(&child) || path.len() > 1).then(|| [module, &path].concat())
    }

    fn imports(&self, module: &[String]) -> impl Iterator<Item = &Named> {
        let file = self.modules.get(module).map(|file| &self.sources[*file].1.paths);
        let module = module.to_vec();
        file.into_iter().flatten().filter(move |named| named.import.is_some() && named.module == module)
    }

    /// What no source defines is made by a macro, in the file of the last module that is named.
    fn made_by_a_macro(&self, path: &[String]) -> Option<usize> {
        let module =
            (0..path.len()).rev().find_map(|length| self.modules.get(&path[..length]).map(|file| (length, file)));
        // A module by itself, and the root, make nothing.
        module.filter(|(length, _)| *length > 0 && !self.modules.contains_key(path)).map(|(_, file)| *file)
    }
}
