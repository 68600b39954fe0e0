//! Go's durations, which token lifespans use: a client sends `"30m"`, and Hydra returns `"30m0s"`.

/// Units with their length in nanoseconds.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000), // U+00B5, micro sign
    ("μs", 1_000), // U+03BC, Greek letter mu
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
];
const SECOND: u64 = 1_000_000_000;

/// Parses a duration and formats it as Hydra returns it.
///
/// The error is Go's error message.
pub(crate) fn normalize(text: &str) -> Result<String, String> {
    parse(text).map(format)
}

/// Parses a duration into whole seconds. `None` means that it is not a valid duration.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    parse(text)
        .ok()
        .map(|nanoseconds| nanoseconds / SECOND.cast_signed())
}

/// Parses a duration into nanoseconds, as Go's `time.ParseDuration` does.
fn parse(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let whole = digits(rest);
        let after = &rest[whole.len()..];
        let fraction = after.strip_prefix('.').map(digits);
        if whole.is_empty() && fraction.is_none_or(str::is_empty) {
            return Err(invalid());
        }
        let after = fraction.map_or(after, |fraction| &after[1 + fraction.len()..]);
        let unit = &after[..after
            .find(|c: char| c == '.' || c.is_ascii_digit())
            .unwrap_or(after.len())];
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {text:?}"));
        }
        let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(format!("time: unknown unit {unit:?} in duration {text:?}"));
        };
        let value = if whole.is_empty() {
            0
        } else {
            whole.parse::<u64>().map_err(|_| invalid())?
        };
        total = value
            .checked_mul(*scale)
            .and_then(|value| value.checked_add(fraction_of(*scale, fraction.unwrap_or_default())))
            .and_then(|value| total.checked_add(value))
            .ok_or_else(invalid)?;
        rest = &after[unit.len()..];
    }
    let signed = i64::try_from(total).map_err(|_| invalid())?;
    Ok(if negative { -signed } else { signed })
}

fn digits(text: &str) -> &str {
    &text[..text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len())]
}

/// Returns the decimal fraction `0.<digits>` of a unit, rounded down to nanoseconds.
fn fraction_of(scale: u64, digits: &str) -> u64 {
    let mut remaining = scale;
    digits
        .bytes()
        .map_while(|digit| {
            // No unit has more than 13 digits of nanoseconds. The next digits are less than one.
            (remaining > 0).then(|| {
                let part = u64::from(digit - b'0') * remaining / 10;
                remaining /= 10;
                part
            })
        })
        .sum()
}

fn format(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let total = nanoseconds.unsigned_abs();
    if total == 0 {
        return "0s".to_owned();
    }
    if total < SECOND {
        let (unit, scale) = match total {
            0..1_000 => ("ns", 1),
            1_000..1_000_000 => ("µs", 1_000),
            _ => ("ms", 1_000_000),
        };
        return format!("{sign}{}{unit}", decimal(total, scale));
    }
    let minutes = total / (60 * SECOND);
    let seconds = decimal(total % (60 * SECOND), SECOND);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

/// Formats `value / scale` exactly, without trailing zeros. `scale` is a power of ten.
fn decimal(value: u64, scale: u64) -> String {
    let fraction = value % scale;
    if fraction == 0 {
        return (value / scale).to_string();
    }
    let width = scale.ilog10() as usize;
    let fraction = format!("{fraction:0width$}");
    format!("{}.{}", value / scale, fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::normalize;

    #[test]
    fn durations_are_returned_in_gos_format() {
        for (given, returned) in [
            ("30m", "30m0s"),
            ("1h", "1h0m0s"),
            ("90s", "1m30s"),
            ("1.5h", "1h30m0s"),
            ("0", "0s"),
            ("0s", "0s"),
            ("1500ms", "1.5s"),
            ("1.5ms", "1.5ms"),
            ("2us", "2µs"),
            ("7ns", "7ns"),
            ("-5m", "-5m0s"),
            ("720h", "720h0m0s"),
            (".5s", "500ms"),
            ("1h2m3.25s", "1h2m3.25s"),
        ] {
            assert_eq!(normalize(given).as_deref(), Ok(returned), "{given}");
        }
    }

    #[test]
    fn an_invalid_duration_is_rejected_with_gos_error_message() {
        for (given, error) in [
            ("", "time: invalid duration \"\""),
            ("soon", "time: invalid duration \"soon\""),
            ("5", "time: missing unit in duration \"5\""),
            ("5d", "time: unknown unit \"d\" in duration \"5d\""),
            ("99999999h", "time: invalid duration \"99999999h\""),
        ] {
            assert_eq!(normalize(given).err().as_deref(), Some(error), "{given}");
        }
    }
}
