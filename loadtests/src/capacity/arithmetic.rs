//! From a day to a second, and from a second to machines.

use std::fmt::Write as _;

use super::Wanted;
use super::measured::{Day, Measured};
use crate::numbers::{float, ratio, short};
use crate::place::people::COST;

const DAY_SECONDS: f64 = 86_400.0;
/// Where the report has no `start.idle_mib`: the ceiling that it is held to.
const IDLE_MIB: f64 = 60.0;
/// A user's rows with their indexes, in the three databases within a factor of two.
const BYTES_A_USER: f64 = 1_500.0;
/// A sign-in writes a session with its family and an event; a rotation one row.
const WRITES_A_LOGIN: f64 = 2.0;
const WRITES_A_REFRESH: f64 = 1.0;

/// In the busiest second.
pub struct Demand<'a> {
    wanted: &'a Wanted,
    measured: &'a Measured,
    logins: f64,
    refreshes: f64,
    introspections: f64,
}

impl<'a> Demand<'a> {
    pub fn new(wanted: &'a Wanted, measured: &'a Measured) -> Self {
        let logins = float(wanted.logins_a_day) / DAY_SECONDS * wanted.peak;
        let refreshes = logins * float(wanted.refreshes_a_login);
        let introspections = refreshes * float(wanted.introspections_a_refresh);
        Self { wanted, measured, logins, refreshes, introspections }
    }

    fn cores(&self) -> f64 {
        cores(self.measured, self.logins, self.refreshes, self.introspections)
    }

    fn writes(&self) -> f64 {
        self.logins * WRITES_A_LOGIN + self.refreshes * WRITES_A_REFRESH
    }

    fn nodes(&self) -> f64 {
        let useful = f64::from(self.wanted.cores_a_node) * f64::from(self.wanted.busy_percent) / 100.0;
        (self.cores() / useful.max(0.1)).ceil().max(1.0)
    }

    pub fn told(&self) -> String {
        let Measured { database, cores, processor, .. } = self.measured;
        let parts = [
            format!("Measured: {database} on {cores} cores ({processor})"),
            self.told_demand(),
            self.told_cores(),
            self.told_nodes(),
            self.told_database(),
            self.measured.day.map_or_else(
                || "Not checked: the report has no `steady`, whose day would be predicted".to_owned(),
                |day| checked(self.measured, day),
            ),
        ];
        parts.join("\n\n") + "\n"
    }

    fn told_demand(&self) -> String {
        let Wanted { logins_a_day, peak, refreshes_a_login, introspections_a_refresh, .. } = self.wanted;
        format!(
            "In the busiest second\n  sign-ins        {logins_a_day} a day ÷ 86,400 s × {peak} = {}\n  \
             renewals        × {refreshes_a_login} = {}\n  introspections  × {introspections_a_refresh} = {}",
            short(self.logins),
            short(self.refreshes),
            short(self.introspections)
        )
    }

    fn told_cores(&self) -> String {
        let Measured { login_micros, refresh_micros, introspection_micros, .. } = self.measured;
        let mut text = "Cores of this kind".to_owned();
        for (what, demand, micros) in [
            ("sign-ins", self.logins, login_micros),
            ("renewals", self.refreshes, refresh_micros),
            ("introspections", self.introspections, introspection_micros),
        ] {
            let (a_second, cost, cores) = (short(demand), short(*micros), short(demand * micros / 1e6));
            // Writing to a String cannot fail.
            let _written = write!(text, "\n  {what:15} {a_second} × {cost} µs = {cores}");
        }
        text + &format!("\n  together        {}", short(self.cores()))
    }

    fn told_nodes(&self) -> String {
        let Wanted { cores_a_node, busy_percent, .. } = self.wanted;
        let (idle, of_hash) = (self.measured.idle_mib.unwrap_or(IDLE_MIB), COST.memory_kib / 1024);
        let memory = idle + f64::from(*cores_a_node) * f64::from(of_hash);
        format!(
            "Nodes\n  {} of {cores_a_node} cores, busy to {busy_percent} %, and one more, so that one may fail\n  \
             memory of each: {} MiB at rest + {cores_a_node} × {of_hash} MiB for hashes = {} MiB",
            self.nodes(),
            short(idle),
            short(memory)
        )
    }

    fn told_database(&self) -> String {
        let gib = float(self.wanted.users) * BYTES_A_USER / (1024.0 * 1024.0 * 1024.0);
        let (writes, rotations) = (self.writes(), self.measured.rotations);
        let end = if writes <= rotations / 2.0 {
            "one primary like the measured one bears it"
        } else {
            "that is more than half of what the measured primary bore: a faster one, or a distributed SQL engine"
        };
        format!(
            "Database\n  {} × {WRITES_A_LOGIN} + {} × {WRITES_A_REFRESH} = {} writes a second; measured: {} rotations a \
             second; {end}\n  {} GiB for {} users, and as much again for a year's events",
            short(self.logins),
            short(self.refreshes),
            short(writes),
            short(rotations),
            short(gib),
            self.wanted.users
        )
    }
}

fn cores(measured: &Measured, logins: f64, refreshes: f64, introspections: f64) -> f64 {
    let Measured { login_micros, refresh_micros, introspection_micros, .. } = measured;
    (logins * login_micros + refreshes * refresh_micros + introspections * introspection_micros) / 1e6
}

/// The same arithmetic for a day that was measured: what it says ÷ what was.
fn checked(measured: &Measured, day: Day) -> String {
    let Day { logins, refreshes, introspections, looks, cores: was } = day;
    // Looks at one's own account are no part of the model; they cost about what an introspection does.
    let predicted = cores(measured, logins, refreshes, introspections + looks);
    format!(
        "Checked against `steady` ({} sign-ins, {} renewals, {} looks at tokens and accounts a second)\n  predicted {} \
         cores, measured {} = × {}",
        short(logins),
        short(refreshes),
        short(introspections + looks),
        short(predicted),
        short(was),
        ratio(was, predicted).map_or_else(String::new, short)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        wanted: Wanted,
    }

    #[test]
    fn a_day_becomes_cores() {
        let arguments = ["plan", "r.json", "--logins-a-day", "864000", "--peak", "10", "--refreshes-a-login", "10"];
        let wanted = Line::parse_from(arguments).wanted;
        let measured = Measured {
            database: "sqlite".to_owned(),
            processor: String::new(),
            cores: 2.0,
            login_micros: 10_000.0,
            refresh_micros: 200.0,
            introspection_micros: 50.0,
            rotations: 10_000.0,
            idle_mib: None,
            day: Some(Day { logins: 10.0, refreshes: 100.0, introspections: 500.0, looks: 100.0, cores: 0.3 }),
        };
        let demand = Demand::new(&wanted, &measured);
        // 100 sign-ins of 10 ms, 1,000 renewals of 0.2 ms, 20,000 introspections of 0.05 ms.
        assert!((demand.cores() - 2.2).abs() < 1e-9, "{}", demand.cores());
        assert!((demand.writes() - 1_200.0).abs() < 1e-9);
        assert!((demand.nodes() - 1.0).abs() < 1e-9);
        let told = demand.told();
        assert!(told.contains("100 × 10.0 k µs = 1.00"), "{told}");
        // 0.1 + 0.02 + 0.03 predicted, twice as much measured.
        assert!(told.contains("predicted 0.15 cores, measured 0.30 = × 2.00"), "{told}");
    }
}
