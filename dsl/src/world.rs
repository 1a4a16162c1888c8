//! The only door through which the language reaches files.
//!
//! The library never touches a disk: an editor answers with open buffers, a test with a map, the
//! command line with folders. A package stands in a place: a folder of rule files, or a stored model,
//! whose path ends with `.json`.

/// What a check may read.
pub trait World {
    /// The rule files (`*.heng`) of a package folder, sorted, as paths that [`World::read`] takes.
    ///
    /// # Errors
    ///
    /// The folder cannot be listed; the text says why, for people: `中文 / English`.
    fn rule_files(&self, folder: &str) -> Result<Vec<String>, String>;

    /// The bytes of a file.
    ///
    /// # Errors
    ///
    /// The file cannot be read; the text says why, for people: `中文 / English`.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;

    /// The folders and stored models (`….json`) in which a package may be found, other than the place
    /// that asks: its neighbours and what the user named, in the order of preference.
    fn package_folders(&self, asking: &str) -> Vec<String>;
}

/// A world in memory, for tests, editors and examples: paths like `food/food.heng`.
#[derive(Debug, Clone, Default)]
pub struct MemoryWorld {
    files: std::collections::BTreeMap<String, Vec<u8>>,
}

impl MemoryWorld {
    /// Adds a file.
    #[must_use]
    pub fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.as_bytes().to_vec());
        self
    }
}

impl World for MemoryWorld {
    fn rule_files(&self, folder: &str) -> Result<Vec<String>, String> {
        let inside = |path: &&String| {
            let rest = path.strip_prefix(folder).and_then(|it| it.strip_prefix('/'));
            rest.is_some_and(|it| {
                !it.contains('/')
                    && std::path::Path::new(it).extension().is_some_and(|it| it == "heng")
            })
        };
        Ok(self.files.keys().filter(inside).cloned().collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.files.get(path).cloned().ok_or_else(|| "没有这个文件 / no such file".to_owned())
    }

    fn package_folders(&self, asking: &str) -> Vec<String> {
        let folders = self.files.keys().filter_map(|it| it.rsplit_once('/')).map(|it| it.0);
        let stored = self.files.keys().map(String::as_str);
        let stored = stored.filter(|it| {
            std::path::Path::new(it).extension().is_some_and(|it| it.eq_ignore_ascii_case("json"))
        });
        let places = folders.chain(stored).filter(|it| *it != asking);
        let mut places: Vec<String> = places.map(str::to_owned).collect();
        places.dedup();
        places
    }
}
