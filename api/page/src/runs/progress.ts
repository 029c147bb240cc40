/** How far a job is, in time. Pure. */

import type { Job } from "../service/contract";

/** `m:ss`, with hours from one hour on. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}

/** Seconds since a job began; null before. */
export function elapsed_s(job: Job, now_ms: number): number | null {
  if (job.started_at == null) return null;
  const end = job.ended_at == null ? now_ms : Date.parse(job.ended_at);
  return Math.max(0, (end - Date.parse(job.started_at)) / 1000);
}

/** Seconds a running job may still take, from its pace so far; null while nothing can be said. */
export function left_s(job: Job, now_ms: number): number | null {
  const { done, total } = job.progress;
  const passed = elapsed_s(job, now_ms);
  if (job.state !== "running" || passed === null || done <= 0 || total <= 0 || passed < 3)
    return null;
  return (passed * Math.max(0, total - done)) / done;
}

/** The place of a queued job among those that wait, from 1. */
export function placeOf(job: Job, jobs: readonly Job[]): number {
  return (
    1 +
    jobs.filter((each) => each.state === "queued" && (each.number ?? 0) < (job.number ?? 0)).length
  );
}
