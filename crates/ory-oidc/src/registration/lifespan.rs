//! Lifespans as Ory writes them: durations of Go's format. Ory returns `30m` as `30m0s`.

/// Parses a duration such as `1h30m` into nanoseconds.
pub(super) fn nanoseconds(text: &str) -> Option<u128> {
    const UNITS: [(&str, u128); 7] = [
        ("ns", 1),
        ("us", 1_000),
        ("µs", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ];
    let mut rest = text;
    let mut total = 0_u128;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let end = after
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        // Digits beyond these are below a nanosecond.
        let fraction = fraction.get(..fraction.len().min(15))?;
        let tenth_power = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
        let whole: u128 = whole.parse().ok()?;
        let part: u128 = if fraction.is_empty() {
            0
        } else {
            fraction.parse().ok()?
        };
        let scaled = whole
            .checked_mul(*scale)?
            .checked_add(part * scale / tenth_power)?;
        total = total.checked_add(scaled)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}
