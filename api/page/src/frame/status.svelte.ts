/** The bottom line: last action, selection in words. Read out to screen readers. */

class Status {
  text = $state("");
  wrong = $state(false);
  hints = $state("");
}
const status = new Status();

export function tell(text: string, wrong = false): void {
  status.text = text;
  status.wrong = wrong;
}

export function hint(text: string): void {
  status.hints = text;
}

export function told(): { readonly text: string; readonly wrong: boolean; readonly hints: string } {
  return status;
}
