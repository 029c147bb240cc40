"""The numbers of each profile, every one with the clause it comes from.

A number whose clause could not be read in the standard itself is marked
`to_verify`; its source then says so wherever the number is cited. What a limit
is applied to is not here (that is `requirements` and the rules).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from signalctl.domain.errors import InputError

HOUSE = "signalctl practice limit, no standard"


@dataclass(frozen=True, slots=True)
class Limit:
    """A number with its authority."""

    value: float
    source: str
    to_verify: bool = False

    @property
    def citation(self) -> str:
        """The source, and whether the value still has to be checked against it."""
        return f"{self.source} (value to be verified)" if self.to_verify else self.source


@dataclass(frozen=True, slots=True)
class AmberTable:
    """Amber by approach speed: (speed up to, m/s; amber, s) in rising order."""

    steps: tuple[tuple[float, int], ...]
    source: str
    to_verify: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a profile demands. Where a group's own values are stricter they hold.

    Times in s, `walking_speed_mps` in m/s, 0 where a profile makes no demand.
    `walk_reach_share` is the share of a crossing walked within the walk;
    `walk_total_mps` the speed at which walk and clearance together must suffice.
    """

    min_green_s: Limit
    amber_min_s: Limit
    amber_max_s: Limit
    amber_by_speed: AmberTable | None
    red_amber_min_s: Limit
    red_amber_max_s: Limit
    permissive_after_amber: Limit
    """1 where a protected green may go by amber straight to a permissive green."""
    protection_by_matrix: Limit
    """1 where intergreens also hold when a green only gains or loses protection."""
    walk_min_s: Limit
    walk_usual_s: Limit
    walk_reach_share: Limit
    walk_total_mps: Limit
    walking_speed_mps: Limit
    max_red_vehicle_s: Limit
    max_red_pedestrian_s: Limit
    cycle_min_s: Limit
    cycle_max_s: Limit
    cycle_usual_min_s: Limit
    cycle_usual_max_s: Limit

    def amber_for_s(self, speed_mps: float) -> int:
        """Amber for an approach speed, s.

        Raises InputError when the profile takes ambers as they are, or the
        speed lies outside its table.
        """
        table = self.amber_by_speed
        if table is None:
            raise InputError(
                "This profile has no amber by speed.",
                remedy="Use the junction's own ambers, or the profile gb, fhwa or rilsa.",
            )
        for speed, amber_s in table.steps:
            if 0 < speed_mps <= speed + 1e-9:
                return amber_s
        raise InputError(
            f"{speed_mps * 3.6:.0f} km/h is outside the amber table of {table.source}.",
            remedy=f"Signals are timed up to {table.steps[-1][0] * 3.6:.0f} km/h.",
        )


def _kmh(*steps: tuple[int, int]) -> tuple[tuple[float, int], ...]:
    return tuple((speed / 3.6, amber_s) for speed, amber_s in steps)


def _kinematic() -> tuple[tuple[float, int], ...]:
    """Whole seconds of Y = t + v / 2a with t = 1.0 s, a = 3.05 m/s2, kept in 3-6 s."""
    return tuple(
        (speed / 3.6, min(6, max(3, math.ceil(1.0 + speed / 3.6 / (2 * 3.05)))))
        for speed in range(10, 111, 5)
    )


GB = Limits(
    min_green_s=Limit(7, "GA/T 527.1", to_verify=True),
    amber_min_s=Limit(3, "GB 14886-2016, 4.3.4", to_verify=True),
    amber_max_s=Limit(5, "GB 14886-2016, 4.3.4", to_verify=True),
    amber_by_speed=AmberTable(
        _kmh((50, 3), (60, 4), (80, 5)), "GB 14886-2016, 4.3.4", to_verify=True
    ),
    red_amber_min_s=Limit(0, "GB 14886-2016, 4.3.3: red, green, amber, red"),
    red_amber_max_s=Limit(0, "GB 14886-2016, 4.3.3: red, green, amber, red"),
    permissive_after_amber=Limit(0, "GB 14886-2016, 4.3.3: red, green, amber, red"),
    protection_by_matrix=Limit(1, "GB 14886-2016, 4.3"),
    walk_min_s=Limit(7, "GA/T 851-2009", to_verify=True),
    walk_usual_s=Limit(0, HOUSE),
    walk_reach_share=Limit(0, HOUSE),
    walk_total_mps=Limit(0, HOUSE),
    walking_speed_mps=Limit(1.0, "GB 50647-2011, pedestrian crossings", to_verify=True),
    max_red_vehicle_s=Limit(150, HOUSE),
    max_red_pedestrian_s=Limit(90, "GB/T 51439-2021, 9.2.1 (4): 70 s, with a refuge 90 s"),
    cycle_min_s=Limit(30, HOUSE),
    cycle_max_s=Limit(240, HOUSE),
    cycle_usual_min_s=Limit(40, "GA/T 527 and practice", to_verify=True),
    cycle_usual_max_s=Limit(180, "GA/T 527 and practice", to_verify=True),
)

FHWA = Limits(
    min_green_s=Limit(4, "FHWA Signal Timing Manual, 2nd ed., ch. 6", to_verify=True),
    amber_min_s=Limit(3, "MUTCD 11th ed., 4F.17 (2009: 4D.26)"),
    amber_max_s=Limit(6, "MUTCD 11th ed., 4F.17 (2009: 4D.26)"),
    amber_by_speed=AmberTable(_kinematic(), "FHWA Signal Timing Manual, 2nd ed., ch. 6"),
    red_amber_min_s=Limit(0, "MUTCD 2009, 4D.05: no red with amber before green"),
    red_amber_max_s=Limit(0, "MUTCD 2009, 4D.05: no red with amber before green"),
    permissive_after_amber=Limit(1, "MUTCD 2009, 4D.20: protected/permissive left turns"),
    protection_by_matrix=Limit(1, "FHWA Signal Timing Manual, 2nd ed., left-turn phasing"),
    walk_min_s=Limit(4, "MUTCD 2009, 4E.06 (least value, by option)"),
    walk_usual_s=Limit(7, "MUTCD 2009, 4E.06"),
    walk_reach_share=Limit(0, HOUSE),
    walk_total_mps=Limit(0.91, "MUTCD 2009, 4E.06: 3.0 ft/s for walk and clearance together"),
    walking_speed_mps=Limit(1.07, "MUTCD 2009, 4E.06: 3.5 ft/s"),
    max_red_vehicle_s=Limit(150, HOUSE),
    max_red_pedestrian_s=Limit(120, HOUSE),
    cycle_min_s=Limit(30, "NEMA TS 2, by NTCIP 1202 patternCycleTime"),
    cycle_max_s=Limit(255, "NEMA TS 2, by NTCIP 1202 patternCycleTime"),
    cycle_usual_min_s=Limit(60, "FHWA Signal Timing Manual, 2nd ed., ch. 7", to_verify=True),
    cycle_usual_max_s=Limit(150, "FHWA Signal Timing Manual, 2nd ed., ch. 7", to_verify=True),
)

RILSA = Limits(
    min_green_s=Limit(5, "RiLSA 2015, Mindestfreigabezeiten", to_verify=True),
    amber_min_s=Limit(3, "VwV-StVO to § 37, IX; RiLSA 2015, Übergangszeiten"),
    amber_max_s=Limit(5, "VwV-StVO to § 37, IX; RiLSA 2015, Übergangszeiten"),
    amber_by_speed=AmberTable(_kmh((50, 3), (60, 4), (70, 5)), "VwV-StVO to § 37, IX"),
    red_amber_min_s=Limit(1, "VwV-StVO to § 37, IX"),
    red_amber_max_s=Limit(2, "VwV-StVO to § 37, IX"),
    permissive_after_amber=Limit(0, "RiLSA 2015, Übergangszeiten"),
    protection_by_matrix=Limit(1, "RiLSA 2015, Zwischenzeiten"),
    walk_min_s=Limit(5, "RiLSA 2015, Mindestfreigabezeiten", to_verify=True),
    walk_usual_s=Limit(0, HOUSE),
    walk_reach_share=Limit(0.5, "RiLSA 2015, Freigabezeiten: half the carriageway within green"),
    walk_total_mps=Limit(0, HOUSE),
    walking_speed_mps=Limit(1.2, "RiLSA 2015, Zwischenzeiten: clearing speed of pedestrians"),
    max_red_vehicle_s=Limit(120, HOUSE),
    max_red_pedestrian_s=Limit(90, HOUSE),
    cycle_min_s=Limit(30, HOUSE),
    cycle_max_s=Limit(240, HOUSE),
    cycle_usual_min_s=Limit(30, "RiLSA 2015, Umlaufzeit", to_verify=True),
    cycle_usual_max_s=Limit(120, "RiLSA 2015, Umlaufzeit", to_verify=True),
)

_OWN = "the junction as surveyed"

AS_SURVEYED = Limits(
    min_green_s=Limit(1, _OWN),
    amber_min_s=Limit(0, _OWN),
    amber_max_s=Limit(10, "signalctl: longer is no amber"),
    amber_by_speed=None,
    red_amber_min_s=Limit(0, _OWN),
    red_amber_max_s=Limit(5, "signalctl: longer is no red-amber"),
    permissive_after_amber=Limit(1, _OWN),
    protection_by_matrix=Limit(0, _OWN),
    walk_min_s=Limit(1, _OWN),
    walk_usual_s=Limit(0, _OWN),
    walk_reach_share=Limit(0, _OWN),
    walk_total_mps=Limit(0, _OWN),
    walking_speed_mps=Limit(0, _OWN),
    max_red_vehicle_s=Limit(300, HOUSE),
    max_red_pedestrian_s=Limit(300, HOUSE),
    cycle_min_s=Limit(10, "signalctl: shorter serves nobody"),
    cycle_max_s=Limit(600, "signalctl: longer is believed to be broken"),
    cycle_usual_min_s=Limit(0, _OWN),
    cycle_usual_max_s=Limit(600, _OWN),
)
