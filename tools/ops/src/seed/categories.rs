//! The categories of the catalogue.

/// A category, and what its products are made of.
pub(super) struct Category {
    pub(super) name: &'static str,
    /// The lowest and the highest price, in cents.
    pub(super) cents: (u64, u64),
    /// A product's name is a word and a kind.
    pub(super) kinds: &'static [&'static str],
    pub(super) words: &'static [&'static str],
    /// What the description of each product says.
    pub(super) note: &'static str,
}

pub(super) const CATEGORIES: [Category; 8] = [
    Category {
        name: "tea",
        cents: (590, 3_990),
        kinds: &["Assam", "Darjeeling", "Sencha", "Oolong", "Rooibos", "Earl Grey", "Genmaicha", "Lapsang"],
        words: &["First Flush", "Breakfast", "Evening", "Single Garden", "Smoked", "Summer", "Reserve", "House"],
        note: "Loose leaf in a tin that closes. Steep for as long as you like it strong.",
    },
    Category {
        name: "coffee",
        cents: (890, 4_490),
        kinds: &["Espresso", "Filter Roast", "Decaf", "Cold Brew", "Ristretto", "Blend", "Peaberry", "Lungo"],
        words: &["Yirgacheffe", "Huila", "Antigua", "Sumatra", "Kilimanjaro", "Monsoon", "Cerrado", "Harrar"],
        note: "Roasted on Mondays, sent on Tuesdays. Whole beans.",
    },
    Category {
        name: "kitchen",
        cents: (490, 18_900),
        kinds: &["Kettle", "Teapot", "Skillet", "Chef's Knife", "Cutting Board", "Mixing Bowl", "Scale", "Whisk"],
        words: &["Cast Iron", "Walnut", "Stoneware", "Copper", "Folding", "Enamel", "Everyday", "Professional"],
        note: "Made to be used daily and to be passed on.",
    },
    Category {
        name: "books",
        cents: (790, 5_990),
        kinds: &["Field Guide", "Cookbook", "Atlas", "Almanac", "Reader", "Handbook", "Notebook", "Companion"],
        words: &["Coastal", "Mountain", "Urban", "Winter", "Garden", "Night Sky", "River", "Railway"],
        note: "Thread-bound, on paper that takes a pencil.",
    },
    Category {
        name: "audio",
        cents: (1_990, 89_900),
        kinds: &["Headphones", "Speaker", "Turntable", "Microphone", "Earbuds", "Radio", "Amplifier", "Cable"],
        words: &["Studio", "Travel", "Open-Back", "Wireless", "Shelf", "Pocket", "Reference", "Compact"],
        note: "Measured by us before it leaves. Two years' warranty.",
    },
    Category {
        name: "outdoor",
        cents: (1_290, 64_900),
        kinds: &["Tent", "Rucksack", "Sleeping Bag", "Lantern", "Stove", "Flask", "Hammock", "Compass"],
        words: &["Alpine", "Ultralight", "Two-Person", "Four-Season", "Trail", "Canvas", "Storm", "Day"],
        note: "Tried in rain, and then dried in a hallway.",
    },
    Category {
        name: "garden",
        cents: (290, 12_900),
        kinds: &["Secateurs", "Watering Can", "Trowel", "Planter", "Seed Set", "Trellis", "Rake", "Lantern Post"],
        words: &["Balcony", "Cottage", "Forged", "Zinc", "Cedar", "Heirloom", "Rooftop", "Long-Handled"],
        note: "Sharpened or germinated before it is packed, as the case may be.",
    },
    Category {
        name: "desk",
        cents: (390, 54_900),
        kinds: &["Lamp", "Notepad", "Pen", "Monitor Stand", "Keyboard", "Organiser", "Chair Mat", "Footrest"],
        words: &["Brass", "Oak", "Felt", "Dotted", "Mechanical", "Adjustable", "Slim", "Recycled"],
        note: "For the table at which things get finished.",
    },
];
