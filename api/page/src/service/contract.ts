/** What the service answers: the resources of /api/v1 that the page reads (docs/api.md). */

import type { Run } from "../timing/aspects";
import type { RingsDocument } from "../timing/rings";
import type { Intergreens, OffsetDocument, StagesDocument } from "../timing/stages";

export type Role = "viewer" | "engineer" | "approver" | "operator" | "admin";

export interface User {
  readonly name: string;
  readonly roles: readonly Role[];
}

export interface Session {
  readonly token: string;
  readonly expires_at: string;
  readonly user: User;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | number | null;
}

export type Point = readonly [x_m: number, y_m: number];

export interface NetworkSummary {
  readonly id: string;
  readonly name: string;
  readonly junctions: number;
  readonly corridors: readonly { name: string; junctions: readonly string[] }[];
  readonly scenarios?: readonly string[];
}

export interface LaneShape {
  readonly id: string;
  readonly edge: string;
  readonly width_m: number;
  readonly points: readonly Point[];
}

export interface GroupOfJunction {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
  readonly from_edge: string;
  readonly turn: string;
  readonly amber_s?: number;
  readonly red_amber_s?: number;
  readonly rest?: string;
  readonly min_green_s?: number;
}

export interface JunctionOfNetwork {
  readonly id: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly shape: readonly Point[];
  readonly groups: readonly GroupOfJunction[];
  readonly intergreen_s: Intergreens;
  readonly conflicts?: {
    readonly hard: readonly (readonly [string, string])[];
    readonly yields: readonly (readonly [string, string])[];
  };
}

export interface Network {
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly lefthand: boolean;
  readonly bounds: readonly [number, number, number, number];
  readonly lanes: readonly LaneShape[];
  readonly junctions: readonly JunctionOfNetwork[];
}

export type PlanState = "draft" | "submitted" | "approved" | "rejected";
export type PlanId = number | string;

export interface PlanSummary {
  readonly id: PlanId;
  readonly number: number;
  readonly name: string;
  readonly network: string;
  readonly state: PlanState;
  readonly hash: string;
  readonly authors: readonly string[];
  readonly created_at: string;
  readonly based_on: PlanId | null;
}

export interface Finding {
  readonly junction: string;
  readonly second: number | null;
  readonly groups: readonly string[];
  readonly rule: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly remedy: string;
}

export interface StopLineDocument {
  readonly junction: string;
  readonly group: string;
  readonly position_m: number;
}

export interface ProgressionDocument {
  readonly stop_lines: readonly StopLineDocument[];
  readonly speeds_kmh: readonly number[];
}

/** One junction's plan in a plan document; exactly one of the four forms. */
export interface JunctionPlanDocument {
  readonly junction: string;
  readonly name: string;
  readonly cycle_s: number;
  readonly offset: OffsetDocument;
  readonly stages?: StagesDocument;
  readonly ring_barrier?: RingsDocument;
  readonly windows?: Readonly<
    Record<string, readonly (readonly [start_s: number, end_s: number, kind: string])[]>
  >;
  readonly lamps?: unknown;
}

/** The JSON form of a plan file. */
export interface PlanDocument {
  readonly schema: string;
  readonly name: string;
  readonly corridor?: {
    readonly name: string;
    readonly junctions: readonly string[];
    readonly outbound: ProgressionDocument;
    readonly inbound?: ProgressionDocument | null;
  } | null;
  readonly plans: readonly JunctionPlanDocument[];
}

export interface Decision {
  readonly state: PlanState;
  readonly by: string;
  readonly at: string;
  readonly reason: string;
}

export interface Plan extends PlanSummary {
  readonly document: PlanDocument;
  readonly findings: readonly Finding[];
  readonly decisions?: readonly Decision[];
}

export type Direction = "outbound" | "inbound";
export const DIRECTIONS: readonly Direction[] = ["outbound", "inbound"];

export interface StageOfRow {
  readonly id: string;
  readonly split_s: number;
  readonly start_s: number;
  readonly greens: Readonly<Record<string, "protected" | "permissive">>;
}

/** What a junction shows when, wherever it lies. */
export interface TimedJunction {
  readonly junction: string;
  readonly name: string;
  readonly offset_s: number;
  readonly cycle_s: number;
  /** System second of the plan's own second 0. */
  readonly zero_s?: number;
  readonly stages: readonly StageOfRow[];
  readonly aspects: Readonly<Record<string, readonly Run[]>>;
}

export interface DiagramRow extends TimedJunction {
  readonly distance_m: number;
  readonly travel_s: Readonly<Partial<Record<Direction, number | null>>>;
  readonly progression: Readonly<Partial<Record<Direction, readonly string[]>>>;
}

export interface DelayFigures {
  readonly outbound?: number | null;
  readonly inbound?: number | null;
  readonly all?: number | null;
}

export interface LinkBand {
  readonly from: string;
  readonly to: string;
  readonly direction: Direction;
  readonly width_s: number;
}

export interface Diagram {
  /** null where the junctions have no common cycle. */
  readonly cycle_s: number | null;
  readonly directions: readonly { readonly id: Direction; readonly name?: string }[];
  readonly rows: readonly DiagramRow[];
  /** The plan's junctions that are not on the corridor; all where it has none. */
  readonly beside: readonly TimedJunction[];
  readonly bands: Readonly<
    Partial<Record<Direction, { readonly start_s: number; readonly width_s: number } | null>>
  > & { readonly links?: readonly LinkBand[] };
  readonly delay_s_per_vehicle: DelayFigures | null;
  readonly estimate: boolean;
}

/** The diagram of a draft that is not saved, and what the rules say of it. */
export interface DraftDiagram extends Diagram {
  readonly findings: readonly Finding[];
}

export interface MoveCandidate {
  readonly second: number;
  /** What the handle counts: an offset, a split, a length, a window's end. */
  readonly value?: number;
  readonly ok: boolean;
  readonly rules: readonly string[];
  readonly message: string;
  readonly findings?: readonly Finding[];
  readonly band: Readonly<Partial<Record<Direction, number | null>>>;
  readonly delay: DelayFigures | null;
  /** Of a boundary or barrier: what splits would be, by stage or phase, and the form's start. */
  readonly splits_s?: Readonly<Record<string, number>> | null;
  readonly start_s?: number | null;
  readonly window_s?: readonly [number, number] | null;
  /** Of offsets that move together: all of them. */
  readonly offsets_s?: Readonly<Record<string, number>> | null;
  readonly zero_s?: number | null;
  /** The groups that do not show the same at every candidate, in system time. */
  readonly aspects?: Readonly<Record<string, readonly Run[]>>;
}

export interface MoveTable {
  readonly base_hash: string;
  readonly now: number;
  readonly candidates: readonly MoveCandidate[];
}

export interface PlanDiff {
  readonly seconds: readonly {
    readonly junction: string;
    readonly group: string;
    readonly second: number;
    readonly was: string;
    readonly now: string;
  }[];
  readonly words: Readonly<Record<"en" | "zh", readonly string[]>>;
  /** By junction, what the groups that differ show over one cycle. */
  readonly shown: Readonly<Record<string, JunctionShown>>;
  /** Against what runs: junctions whose plan was not read back. */
  readonly unread?: readonly string[];
}

export interface JunctionShown {
  readonly was_cycle_s: number;
  readonly now_cycle_s: number;
  readonly groups: Readonly<
    Record<string, { readonly was: readonly Run[] | null; readonly now: readonly Run[] | null }>
  >;
}

export interface DeviceState {
  readonly mode: string;
  readonly slot: number | null;
  readonly in_transition: boolean;
  readonly cycle_second: number | null;
  readonly cycle_s?: number | null;
  readonly read_at: string | null;
  readonly age_s: number | null;
  readonly greens: Readonly<Record<string, string>>;
  readonly faults: readonly string[];
}

export interface Device {
  readonly id: string;
  readonly junction: string;
  readonly protocol: string;
  readonly address: string;
  /** null before its first answer. */
  readonly state: DeviceState | null;
  /** Why the last try failed; empty when it did not. */
  readonly failure?: string;
  readonly running_plan: { readonly id: PlanId | null; readonly name: string | null } | null;
}

export type JobState = "queued" | "running" | "done" | "failed" | "cancelled" | "interrupted";

export interface Job {
  readonly id: PlanId;
  readonly number?: number;
  readonly kind: string;
  readonly plan: PlanId | null;
  readonly plan_hash?: string | null;
  readonly network?: string;
  readonly scenario?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly state: JobState;
  readonly progress: { readonly done: number; readonly total: number; readonly text: string };
  readonly result?: unknown;
  readonly attempts?: number;
  readonly actor?: string;
  readonly created_at?: string;
  readonly started_at?: string | null;
  readonly ended_at?: string | null;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly where: string;
    readonly remedy: string;
  } | null;
}

export interface PushDevice {
  readonly id: string;
  readonly junction?: string;
  readonly slot?: number | null;
  readonly step: string;
  readonly message: string;
  readonly at: string | null;
}

export interface Push {
  readonly id: PlanId;
  readonly state: string;
  readonly activation?: string;
  readonly actor?: string;
  readonly reason?: string;
  readonly begun_at?: string;
  readonly ended_at?: string | null;
  readonly message?: string;
  readonly devices: readonly PushDevice[];
}

export interface DryRun {
  readonly ok: boolean;
  readonly devices: readonly {
    readonly id: string;
    readonly junction: string;
    readonly plan: string;
    readonly slot: number | null;
  }[];
  readonly complaints: readonly {
    readonly device: string;
    readonly junction: string;
    readonly fault: string;
    readonly message: string;
  }[];
}

export interface Alarm {
  readonly id: string;
  readonly number: number;
  readonly kind: string;
  /** 1 for now, 2 for soon, 3 for the shift. */
  readonly priority: number;
  readonly device: string;
  readonly junction: string;
  readonly message: string;
  readonly values: Readonly<Record<string, string>>;
  readonly first_at: string;
  readonly last_at: string;
  readonly times: number;
  readonly active: boolean;
  readonly cleared_at: string | null;
  readonly acknowledged: {
    readonly by: string;
    readonly at: string;
    readonly reason: string;
  } | null;
}

export interface AuditEntry {
  readonly sequence: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly reason: string;
}

export interface AuditVerdict {
  readonly whole: boolean;
  readonly broken_at: number | null;
  readonly message: string;
}
