//! Pictures, free of what they tell about the person who took them.
//!
//! A photograph carries where and when it was taken, with which device, and often a smaller copy of
//! what was cut away. Whoever uploads a picture of themselves wants to show the picture. So its
//! container is taken apart, and only what is needed to draw it goes into the copy that is
//! published; of all metadata the orientation alone is kept, or the picture would lie on its side.
//!
//! # Promises
//! * The bytes begin and go on as the type says, up to its end mark. Anything else is an error.
//! * No EXIF but the orientation, no XMP, IPTC, comments, thumbnails, colour profiles (they name
//!   the device), text chunks, and nothing after the picture's end, where phones put films and
//!   other pictures, and others put programs.
//! * Nothing is decoded: a picture that no program can draw passes, and harms nobody here.
//!
//! # Costs
//! One copy of the bytes, and for a PNG their checksums.
//!
//! Sources: ITU T.81 (JPEG), the PNG specification (third edition), RFC 9649 (WebP), TIFF 6.0 for
//! EXIF.

use bytes::Bytes;
use img_parts::{
    ImageEXIF as _,
    jpeg::{Jpeg, JpegSegment, markers},
    png::{Png, PngChunk},
    riff::{RiffChunk, RiffContent},
    webp::WebP,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// What a picture may be: what every browser shows and none runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(inline, extend("enum" = ["image/jpeg", "image/png", "image/webp"]))]
pub enum PictureType {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

/// A text that names no type of picture that is taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be image/jpeg, image/png or image/webp")]
pub struct UnknownPictureType;

/// Bytes that are no picture of the type that they should have.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a complete picture of its type")]
pub struct NotAPicture;

impl TryFrom<String> for PictureType {
    type Error = UnknownPictureType;

    fn try_from(text: String) -> Result<Self, UnknownPictureType> {
        Self::ALL.into_iter().find(|kind| kind.media_type() == text).ok_or(UnknownPictureType)
    }
}

impl PictureType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Jpeg, Self::Png, Self::Webp];

    /// Its media type (RFC 6838).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }

    /// How a file's name ends.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }

    /// The picture in `bytes` without its metadata. To clean a clean one changes nothing.
    pub fn clean(self, bytes: Bytes) -> Result<Bytes, NotAPicture> {
        let clean = match self {
            Self::Jpeg => jpeg(&bytes),
            Self::Png => png(bytes),
            Self::Webp => webp(bytes),
        };
        clean.ok_or(NotAPicture)
    }
}

fn jpeg(bytes: &Bytes) -> Option<Bytes> {
    let mut picture = Jpeg::from_bytes(bytes.clone()).ok()?;
    picture.dimensions()?;
    let orientation = picture.exif().and_then(|exif| orientation(&exif));
    let scan = picture.segments_mut().pop().filter(JpegSegment::has_entropy)?;
    // The library takes all that follows the first scan's header for its data.
    let rest = bytes.slice(bytes.len() - (scan.len_with_entropy() - scan.len())..);
    let scan = JpegSegment::new_with_entropy(scan.marker(), scan.contents().clone(), scans(&rest)?.into());
    let head = picture.segments().iter().filter_map(drawn);
    let segments = head.chain([scan]).collect();
    *picture.segments_mut() = segments;
    picture.set_exif(orientation);
    Some(picture.encoder().bytes())
}

/// The segment, if the picture cannot be drawn without it.
fn drawn(segment: &JpegSegment) -> Option<JpegSegment> {
    let contents = segment.contents();
    let trimmed = |length: usize| {
        let head = contents.get(..length)?.to_vec();
        Some(JpegSegment::new_with_contents(segment.marker(), head.into()))
    };
    match segment.marker() {
        // How colours are to be read; not the thumbnail that may follow.
        markers::APP0 if contents.starts_with(b"JFIF\0") => {
            let mut head = contents.get(..14)?.to_vec();
            head[12..].fill(0);
            Some(JpegSegment::new_with_contents(markers::APP0, head.into()))
        }
        markers::APP14 if contents.starts_with(b"Adobe") => trimmed(12),
        marker if is_drawn(marker) => Some(segment.clone()),
        _ => None,
    }
}

/// Frames, tables, restart intervals and scans: what a decoder reads.
fn is_drawn(marker: u8) -> bool {
    use markers::{DNL, DQT, DRI, JPG, SOF0, SOF15, SOS};
    // Among the frames' markers are those of two tables, DHT and DAC, and of an extension, JPG.
    matches!(marker, SOF0..=SOF15 | DQT | DRI | DNL | SOS) && marker != JPG
}

/// What follows the header of the first scan, up to the picture's end; `None` when it has no end.
fn scans(data: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Vec::with_capacity(data.len());
    let mut at = 0;
    loop {
        let mark = at + data[at..].iter().position(|byte| *byte == markers::P)?;
        kept.extend_from_slice(&data[at..mark]);
        // Any number of 0xFF may stand before a marker.
        let code = mark + data[mark..].iter().position(|byte| *byte != markers::P)?;
        at = code + 1;
        match data[code] {
            // A 0xFF of the data, and the marks at which a decoder can start anew.
            byte @ (0 | 0xd0..=0xd7) => kept.extend_from_slice(&[markers::P, byte]),
            markers::EOI => {
                kept.extend_from_slice(&[markers::P, markers::EOI]);
                return Some(kept);
            }
            marker => {
                let length = usize::from(u16::from_be_bytes([*data.get(at)?, *data.get(at + 1)?]));
                let contents = data.get(at..at + length.max(2))?;
                at += contents.len();
                if is_drawn(marker) {
                    kept.extend_from_slice(&[markers::P, marker]);
                    kept.extend_from_slice(contents);
                }
            }
        }
    }
}

fn png(bytes: Bytes) -> Option<Bytes> {
    /// What every decoder must know, transparency, and the numbers by which colours are corrected.
    const DRAWN: [&[u8; 4]; 8] = [b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB"];
    let mut picture = Png::from_bytes(bytes).ok()?;
    picture.dimensions()?;
    let kinds: Vec<[u8; 4]> = picture.chunks().iter().map(PngChunk::kind).collect();
    if kinds.first() != Some(b"IHDR") || kinds.last() != Some(b"IEND") || !kinds.contains(b"IDAT") {
        return None;
    }
    let orientation = picture.exif().and_then(|exif| orientation(&exif));
    picture.chunks_mut().retain(|chunk| DRAWN.contains(&&chunk.kind()));
    picture.set_exif(orientation);
    Some(picture.encoder().bytes())
}

fn webp(bytes: Bytes) -> Option<Bytes> {
    const ALPHA: u8 = 0b0001_0000;
    const ANIMATION: u8 = 0b0000_0010;
    let mut picture = WebP::from_bytes(bytes).ok()?;
    picture.dimensions()?;
    let orientation = picture.exif().and_then(|exif| orientation(&exif));
    let has_image = |chunk: &RiffChunk| matches!(&chunk.id(), b"VP8 " | b"VP8L" | b"ANMF");
    if !picture.chunks().iter().any(has_image) {
        return None;
    }
    picture
        .chunks_mut()
        .retain(|chunk| matches!(&chunk.id(), b"VP8X" | b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF"));
    for chunk in picture.chunks_mut() {
        let id = chunk.id();
        let RiffContent::Data(data) = chunk.content_mut() else { return None };
        match &id {
            b"VP8X" => {
                let mut head = data.get(..10)?.to_vec();
                head[0] &= ALPHA | ANIMATION;
                head[1..4].fill(0);
                *data = head.into();
            }
            b"ANMF" => *data = frame(data)?,
            _ => {}
        }
    }
    picture.set_exif(orientation);
    Some(picture.encoder().bytes())
}

/// One frame of an animation: sixteen bytes, then chunks of its own.
fn frame(data: &Bytes) -> Option<Bytes> {
    let (head, chunks) = (data.get(..16)?, data.get(16..)?);
    let length = u32::try_from(chunks.len() + 4).ok()?;
    let whole = [b"RIFF", &length.to_le_bytes()[..], b"WEBP", chunks].concat();
    let mut inner = WebP::from_bytes(whole.into()).ok()?;
    inner.chunks_mut().retain(|chunk| matches!(&chunk.id(), b"VP8 " | b"VP8L" | b"ALPH"));
    let kept = inner.encoder().bytes();
    Some([head, kept.get(12..)?].concat().into())
}

/// EXIF that says the orientation of `exif` and nothing else; `None` when it lies as it is.
fn orientation(exif: &[u8]) -> Option<Bytes> {
    const UPRIGHT: u16 = 1;
    let value = orientation_of(exif).filter(|value| (UPRIGHT + 1..=8).contains(value))?;
    // A TIFF of one directory with one entry: tag 0x0112, type SHORT, one value.
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    tiff.extend_from_slice(&value.to_be_bytes());
    tiff.extend_from_slice(&[0; 6]);
    Some(tiff.into())
}

fn orientation_of(tiff: &[u8]) -> Option<u16> {
    let big = match tiff.get(..4)? {
        b"MM\0\x2a" => true,
        b"II\x2a\0" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let two = [*tiff.get(at)?, *tiff.get(at + 1)?];
        Some(if big { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) })
    };
    let long = |at: usize| {
        let (first, second) = (u32::from(short(at)?), u32::from(short(at + 2)?));
        usize::try_from(if big { first << 16 | second } else { second << 16 | first }).ok()
    };
    let directory = long(4)?;
    let entries = usize::from(short(directory)?);
    let entry = (0..entries).map(|n| directory + 2 + 12 * n).find(|at| short(*at) == Some(0x0112))?;
    (short(entry + 2)? == 3).then(|| short(entry + 8)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What must not be in any published picture.
    const SECRET: &[u8] = b"51.5007 N 0.1246 W";

    fn contains(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    /// EXIF with a position, and an orientation unless it is zero.
    fn exif(orientation: u8, little: bool) -> Vec<u8> {
        let short = |value: u16| if little { value.to_le_bytes() } else { value.to_be_bytes() };
        let long = |value: u32| if little { value.to_le_bytes() } else { value.to_be_bytes() };
        let order: &[u8] = if little { b"II\x2a\0" } else { b"MM\0\x2a" };
        let mut tiff = [order, &long(8)].concat();
        tiff.extend(short(if orientation == 0 { 1 } else { 2 }));
        tiff.extend([&short(0x010e)[..], &short(2), &long(u32::try_from(SECRET.len()).unwrap()), &long(64)].concat());
        if orientation > 0 {
            tiff.extend([&short(0x0112)[..], &short(3), &long(1), &short(orientation.into()), &short(0)].concat());
        }
        tiff.resize(64, 0);
        tiff.extend(SECRET);
        tiff
    }

    fn segment(marker: u8, contents: &[u8]) -> Vec<u8> {
        let length = u16::try_from(contents.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], &length[..], contents].concat()
    }

    /// A JPEG of two scans with everything that a phone writes into one, and a second picture
    /// behind it.
    fn photograph(orientation: u8) -> Vec<u8> {
        let app1 = [b"Exif\0\0", exif(orientation, true).as_slice()].concat();
        let frame = b"\x08\0\x01\0\x01\x01\x01\x11\0";
        let scan = b"\x01\x01\0\0\x3f\0";
        let data = b"\x12\xff\0\x34\xff\xd0\x56";
        [
            &[0xff, 0xd8][..],
            &segment(0xe0, &[b"JFIF\0\x01\x02\0\0\x48\0\x48\x06\x01", SECRET].concat()),
            &segment(0xe1, &app1),
            &segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat()),
            &segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", SECRET].concat()),
            &segment(0xed, SECRET),
            &segment(0xee, &[b"Adobe\0\x64\0\0\0\0\x01", SECRET].concat()),
            &segment(0xfe, SECRET),
            &segment(0xdb, &[0; 65]),
            &segment(0xc2, frame),
            &segment(0xc4, &[0; 17]),
            &segment(0xda, scan),
            data,
            &segment(0xfe, SECRET),
            &[0xff],
            &segment(0xe1, SECRET),
            &segment(0xc4, &[0; 17]),
            &segment(0xda, scan),
            data,
            &[0xff, 0xff, 0xd9],
            &[0xff, 0xd8],
            &segment(0xe1, SECRET),
            SECRET,
        ]
        .concat()
    }

    fn drawing(orientation: u8) -> Vec<u8> {
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        for (kind, contents) in [
            (b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\0\0\0\0".to_vec()),
            (b"tEXt", SECRET.to_vec()),
            (b"iCCP", SECRET.to_vec()),
            (b"eXIf", exif(orientation, false)),
            (b"tRNS", vec![0, 0]),
            (b"IDAT", b"\x78\x9c\x63\0\0\0\x01\0\x01".to_vec()),
            (b"tIME", SECRET.to_vec()),
            (b"IEND", Vec::new()),
        ] {
            file.extend(PngChunk::new(*kind, contents.into()).encoder().bytes());
        }
        file.extend(SECRET);
        file
    }

    fn chunk(id: [u8; 4], contents: &[u8]) -> Vec<u8> {
        let length = u32::try_from(contents.len()).unwrap().to_le_bytes();
        [&id[..], &length, contents, &[0][..contents.len() % 2]].concat()
    }

    fn animation(orientation: u8) -> Vec<u8> {
        let image = chunk(*b"VP8L", b"\x2f\0\0\0\0\x07");
        let frame = [&[7; 16][..], &image, &chunk(*b"XMP ", SECRET)].concat();
        let chunks = [
            &b"WEBP"[..],
            &chunk(*b"VP8X", b"\x3e\0\0\0\0\0\0\0\0\0"),
            &chunk(*b"ICCP", SECRET),
            &chunk(*b"ANIM", &[0; 6]),
            &chunk(*b"ANMF", &frame),
            &chunk(*b"EXIF", &exif(orientation, true)),
            &chunk(*b"XMP ", SECRET),
            &chunk(*b"WHAT", SECRET),
        ]
        .concat();
        [chunk(*b"RIFF", &chunks), SECRET.to_vec()].concat()
    }

    fn pictures(orientation: u8) -> [(PictureType, Vec<u8>); 3] {
        [
            (PictureType::Jpeg, photograph(orientation)),
            (PictureType::Png, drawing(orientation)),
            (PictureType::Webp, animation(orientation)),
        ]
    }

    #[test]
    fn nothing_but_the_picture_and_its_orientation_is_published() {
        for turned in 0..=9 {
            for (kind, bytes) in pictures(turned) {
                let clean = kind.clean(bytes.into()).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
                assert!(!contains(&clean, SECRET), "{kind:?}, {turned}");
                let wanted = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, turned];
                assert_eq!(contains(&clean, &wanted), (2..=8).contains(&turned), "{kind:?}, {turned}");
                assert_eq!(kind.clean(clean.clone()), Ok(clean), "{kind:?}: a clean one stays as it is");
            }
        }
    }

    #[test]
    fn what_a_decoder_reads_stays() {
        let clean = PictureType::Jpeg.clean(photograph(0).into()).unwrap();
        let data = b"\x12\xff\0\x34\xff\xd0\x56";
        let kept = [
            &[0xff, 0xd8][..],
            &segment(0xe0, b"JFIF\0\x01\x02\0\0\x48\0\x48\0\0"),
            &segment(0xee, b"Adobe\0\x64\0\0\0\0\x01"),
            &segment(0xdb, &[0; 65]),
            &segment(0xc2, b"\x08\0\x01\0\x01\x01\x01\x11\0"),
            &segment(0xc4, &[0; 17]),
            &segment(0xda, b"\x01\x01\0\0\x3f\0"),
            data,
            &segment(0xc4, &[0; 17]),
            &segment(0xda, b"\x01\x01\0\0\x3f\0"),
            data,
            &[0xff, 0xd9],
        ]
        .concat();
        assert_eq!(clean, kept);
        let clean = PictureType::Webp.clean(animation(0).into()).unwrap();
        for part in [&b"VP8X"[..], b"ANIM", b"ANMF", b"VP8L"] {
            assert!(contains(&clean, part), "{part:?}");
        }
        assert_eq!(clean[20], 0b0001_0010, "the flags say what is there");
    }

    #[test]
    fn what_is_no_picture_of_its_type_is_refused() {
        for (kind, bytes) in pictures(6) {
            for other in PictureType::ALL.into_iter().filter(|other| *other != kind) {
                assert_eq!(other.clean(bytes.clone().into()), Err(NotAPicture), "{kind:?} as {other:?}");
            }
            for text in [&b"\0"[..], b"", b"<html><script>alert(1)</script></html>", &bytes[..8], &bytes[..12]] {
                assert_eq!(kind.clean(text.to_vec().into()), Err(NotAPicture), "{kind:?}: {text:?}");
            }
        }
    }

    #[test]
    fn a_picture_that_is_cut_or_bent_anywhere_is_refused_or_clean_and_never_a_panic() {
        for (kind, bytes) in pictures(6) {
            for end in 0..bytes.len() {
                if let Ok(clean) = kind.clean(bytes[..end].to_vec().into()) {
                    assert!(!contains(&clean, SECRET), "{kind:?}, cut at {end}");
                }
            }
            for at in 0..bytes.len() {
                for byte in [0, 1, 0x7f, 0x80, 0xff, bytes[at] ^ 1] {
                    let mut bent = bytes.clone();
                    bent[at] = byte;
                    let _ = kind.clean(bent.into());
                }
            }
        }
    }

    #[test]
    fn a_picture_is_one_of_three_types_in_one_spelling() {
        assert_eq!(PictureType::try_from("image/png".to_owned()), Ok(PictureType::Png));
        for text in ["image/svg+xml", "image/gif", "text/html", "IMAGE/PNG", "image/png; charset=utf-8", ""] {
            assert_eq!(PictureType::try_from(text.to_owned()), Err(UnknownPictureType), "{text}");
        }
    }
}
