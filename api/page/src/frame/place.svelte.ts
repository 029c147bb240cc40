/** Where in the page we are: view and its selection, kept in the address so that a link shows a
 * colleague the same picture and a reload restores it. */

export const VIEW_NAMES = [
  "network",
  "time-space",
  "junction",
  "runs",
  "plans",
  "street",
  "people",
] as const;
export type ViewName = (typeof VIEW_NAMES)[number];

class Place {
  view = $state<ViewName>("network");
  sheet = $state(false);
  parameters = $state.raw<Readonly<Record<string, string>>>({});
}
const place = new Place();

export function view(): ViewName {
  return place.view;
}

/** Whether a report fills the page instead of its view: `#/report?job=...`. */
export function isSheet(): boolean {
  return place.sheet;
}

/** Opens the one-page report of a job. */
export function openSheet(job: string): void {
  location.hash = address("report", { ...place.parameters, job });
}

/** A value of the address, such as the plan or the junction chosen; undefined when absent. */
export function chosen(name: string): string | undefined {
  return place.parameters[name];
}

/** Goes to a view; what was chosen elsewhere (plan, junction) stays chosen. */
export function go(view: ViewName, parameters: Readonly<Record<string, string>> = {}): void {
  const next = address(view, { ...place.parameters, ...parameters });
  if (next !== location.hash) location.hash = next;
}

/** Changes what is chosen without a step in the browser's history; null takes it out. */
export function choose(parameters: Readonly<Record<string, string | null>>): void {
  const kept: Record<string, string> = { ...place.parameters };
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null) delete kept[name];
    else kept[name] = value;
  }
  place.parameters = kept;
  history.replaceState(null, "", address(place.sheet ? "report" : place.view, kept));
}

function address(view: ViewName | "report", parameters: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(parameters).toString();
  return `#/${view}${query === "" ? "" : `?${query}`}`;
}

function read(): void {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  place.sheet = path === "report";
  place.view = VIEW_NAMES.find((name) => name === path) ?? (place.sheet ? "runs" : "network");
  place.parameters = Object.fromEntries(new URLSearchParams(query));
}

export function followAddress(): void {
  read();
  addEventListener("hashchange", read);
}
