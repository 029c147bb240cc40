/** Moments as the control room reads them: the clock alone today, with the date before. */

const two = (n: number): string => String(n).padStart(2, "0");

export function clockText(at: Date): string {
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function dateText(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export function momentText(iso: string, now_ms: number): string {
  const at = new Date(iso);
  const today = dateText(at) === dateText(new Date(now_ms));
  return today ? clockText(at) : `${dateText(at)} ${clockText(at)}`;
}
