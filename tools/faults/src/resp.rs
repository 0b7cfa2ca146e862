//! The protocol of Valkey and Redis (RESP), as far as needed to find where commands and answers end
//! ("Redis serialization protocol specification").

/// A command at the beginning of a buffer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RespCommand {
    /// Its name in capitals.
    pub(crate) name: String,
    /// How many bytes it takes.
    pub(crate) length: usize,
}

/// The first command in `bytes`; `None` when it is not complete.
pub(crate) fn command(bytes: &[u8]) -> Option<RespCommand> {
    // Clients send arrays of bulk strings. A line of plain text is a command, too.
    if *bytes.first()? != b'*' {
        let (line, length) = line(bytes)?;
        let name = line.split(u8::is_ascii_whitespace).next().unwrap_or_default();
        return Some(RespCommand { name: String::from_utf8_lossy(name).to_ascii_uppercase(), length });
    }
    let length = value(bytes, 0)?;
    let (_, head) = line(bytes)?;
    let (_, size) = line(&bytes[head..])?;
    let (name, _) = line(&bytes[head + size..])?;
    Some(RespCommand { name: String::from_utf8_lossy(name).to_ascii_uppercase(), length })
}

/// The length of the first value in `bytes`; `None` when it is not complete.
pub(crate) fn reply(bytes: &[u8]) -> Option<usize> {
    value(bytes, 0)
}

fn value(bytes: &[u8], from: usize) -> Option<usize> {
    let (head, length) = line(bytes.get(from..)?)?;
    let after = from + length;
    let (&kind, rest) = head.split_first()?;
    let number = || std::str::from_utf8(rest).ok().and_then(|text| text.parse::<i64>().ok()).unwrap_or(-1);
    let many = |times: usize| {
        let count = usize::try_from(number()).unwrap_or(0) * times;
        (0..count).try_fold(after, |at, _| value(bytes, at))
    };
    match kind {
        // Text after its length; the length is -1 for no text.
        b'$' | b'=' | b'!' => match usize::try_from(number()) {
            Ok(size) => (bytes.len() >= after + size + 2).then_some(after + size + 2),
            Err(_) => Some(after),
        },
        b'*' | b'~' | b'>' => many(1),
        b'%' => many(2),
        // Attributes come before the value that they describe.
        b'|' => value(bytes, many(2)?),
        _ => Some(after),
    }
}

/// The first line without its line end, and its length with it.
fn line(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let end = bytes.windows(2).position(|two| two == b"\r\n")?;
    Some((&bytes[..end], end + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_complete_or_not_found() {
        let bytes = b"*2\r\n$3\r\nget\r\n$4\r\na\r\nb\r\n*1\r\n";
        let read = command(bytes);
        assert_eq!(read, Some(RespCommand { name: "GET".into(), length: bytes.len() - 4 }));
        for end in 0..bytes.len() - 4 {
            assert_eq!(command(&bytes[..end]), None, "{end}");
        }
        assert_eq!(command(b"PING\r\n").unwrap().name, "PING");
    }

    #[test]
    fn every_kind_of_answer_has_its_end() {
        let answers: [&[u8]; 12] = [
            b"+OK\r\n",
            b"-ERR no\r\n",
            b":42\r\n",
            b"$-1\r\n",
            b"$0\r\n\r\n",
            b"$4\r\na\r\nb\r\n",
            b"*-1\r\n",
            b"*0\r\n",
            b"*2\r\n*1\r\n:1\r\n$1\r\nx\r\n",
            b"%1\r\n+a\r\n:1\r\n",
            b"|1\r\n+ttl\r\n:9\r\n+OK\r\n",
            b"_\r\n",
        ];
        for answer in answers {
            let followed = [answer, b"+next\r\n"].concat();
            assert_eq!(reply(&followed), Some(answer.len()), "{}", String::from_utf8_lossy(answer));
            assert_eq!(reply(&answer[..answer.len() - 1]), None, "{}", String::from_utf8_lossy(answer));
        }
    }
}
