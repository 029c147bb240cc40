/** What the top bar says of the plan at hand; the view that works on one fills it. */

class Badge {
  plan = $state("");
  chip = $state("");
  wrong = $state(false);
}
const shown = new Badge();

export function badge(): { readonly plan: string; readonly chip: string; readonly wrong: boolean } {
  return shown;
}

export function showBadge(plan: string, chip: string, wrong = false): void {
  shown.plan = plan;
  shown.chip = chip;
  shown.wrong = wrong;
}
