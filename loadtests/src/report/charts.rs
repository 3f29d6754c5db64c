//! Lines over time as inline SVG. Lines are stretched to whatever width there is and keep their strength; words stand
//! beside them as HTML, so that they keep their size on a phone.

use super::html::{each, escape};
use crate::numbers::{count, short};

/// The plane that lines are drawn on, in units of its own.
const WIDE: f64 = 1_000.0;
const HIGH: f64 = 240.0;
/// As many colours as the style has; more lines begin anew.
const COLOURS: usize = 6;
/// Three of them, and the ends.
const GRID: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    Linear,
    /// By powers of ten: latencies of a microsecond and of a second on one plane.
    Logarithmic,
}

pub struct Series {
    pub name: String,
    /// Moments in seconds, and values.
    pub points: Vec<(f64, f64)>,
}

impl Series {
    pub fn new(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), points }
    }

    fn most(&self) -> f64 {
        self.points.iter().map(|point| point.1).fold(0.0, f64::max)
    }
}

/// Empty where there is nothing to show.
pub fn chart(title: &str, unit: &str, scale: Scale, series: &[Series]) -> String {
    let end = series.iter().flat_map(|series| &series.points).map(|point| point.0).fold(0.0, f64::max);
    let most = series.iter().map(Series::most).fold(0.0, f64::max);
    if end <= 0.0 || most <= 0.0 {
        return String::new();
    }
    let axis = Axis::new(scale, most, series);
    let lines: String = series.iter().enumerate().map(|(number, series)| line(number, series, end, &axis)).collect();
    let key = |(number, series): (usize, &Series)| {
        let (colour, name, most) = (number % COLOURS, escape(&series.name), short(series.most()));
        format!("<li class=\"k{colour}\">{name} <small>up to {most}</small></li>")
    };
    let keys: String = series.iter().enumerate().map(key).collect();
    let labels = each(axis.labels(), |label| format!("<span>{label}</span>"));
    let (title, unit) = (escape(title), escape(unit));
    format!(
        "<figure><figcaption>{title} <small>{unit}</small></figcaption>\n\
         <div class=\"plane\"><div class=\"y\">{labels}</div>\n\
         <svg viewBox=\"0 0 {WIDE} {HIGH}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{title}, {unit}\">\n\
         {}{lines}</svg></div>\n\
         <div class=\"x\"><span>0</span><span>{} s</span></div>\n<ul class=\"key\">{keys}</ul></figure>\n",
        grid(),
        short(end)
    )
}

fn grid() -> String {
    let line = |number: usize| {
        let y = HIGH * count(number) / count(GRID);
        format!("<line class=\"grid\" x1=\"0\" x2=\"{WIDE}\" y1=\"{y}\" y2=\"{y}\"/>\n")
    };
    (0..=GRID).map(line).collect()
}

fn line(number: usize, series: &Series, end: f64, axis: &Axis) -> String {
    let place = |&(at, value): &(f64, f64)| format!("{:.1},{:.1}", WIDE * at / end, HIGH * (1.0 - axis.share(value)));
    let places: Vec<String> = series.points.iter().map(place).collect();
    format!("<polyline class=\"s{}\" points=\"{}\"/>\n", number % COLOURS, places.join(" "))
}

struct Axis {
    scale: Scale,
    least: f64,
    most: f64,
}

impl Axis {
    fn new(scale: Scale, most: f64, series: &[Series]) -> Self {
        let values = series.iter().flat_map(|series| &series.points).map(|point| point.1);
        let least = match scale {
            Scale::Linear => 0.0,
            Scale::Logarithmic => {
                let least = values.filter(|value| *value > 0.0).fold(most, f64::min);
                10_f64.powf(least.log10().floor())
            }
        };
        let most = match scale {
            Scale::Linear => round_up(most),
            Scale::Logarithmic => 10_f64.powf(most.log10().ceil()).max(least * 10.0),
        };
        Self { scale, least, most }
    }

    /// From 0 at the foot to 1 at the head.
    fn share(&self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => value / self.most,
            Scale::Logarithmic => (value.max(self.least) / self.least).log10() / (self.most / self.least).log10(),
        };
        share.clamp(0.0, 1.0)
    }

    /// From the head down: at the head, in the middle, at the foot.
    fn labels(&self) -> [String; 3] {
        let middle = match self.scale {
            Scale::Linear => self.most / 2.0,
            Scale::Logarithmic => (self.most * self.least).sqrt(),
        };
        [self.most, middle, self.least].map(short)
    }
}

/// To the next number that people like to read: 1, 2 or 5 and zeros.
fn round_up(value: f64) -> f64 {
    let unit = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    steps.iter().map(|step| step * unit).find(|rounded| *rounded >= value).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_holds_all_values() {
        let points = |values: &[f64]| Series::new("a", values.iter().map(|&value| (1.0, value)).collect());
        let linear = Axis::new(Scale::Linear, 37.0, &[points(&[1.0, 37.0])]);
        assert!((linear.most - 50.0).abs() < 1e-9 && linear.share(25.0) - 0.5 < 1e-9);
        let logarithmic = Axis::new(Scale::Logarithmic, 40.0, &[points(&[0.3, 40.0])]);
        assert!((logarithmic.least - 0.1).abs() < 1e-9 && (logarithmic.most - 100.0).abs() < 1e-9);
        assert!((logarithmic.share(1.0) - 1.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(chart("t", "ms", Scale::Linear, &[Series::new("a", vec![(1.0, 0.0)])]), "");
        let drawn = chart("<t>", "ms", Scale::Linear, &[Series::new("a", vec![(0.0, 1.0), (2.0, 4.0)])]);
        assert!(drawn.contains("points=\"0.0,192.0 1000.0,48.0\"") && drawn.contains("&lt;t&gt;"), "{drawn}");
    }
}
