/** Asking the service: JSON in and out, a token with each request, problems as one error type. */

import type { Finding } from "./contract";

const BASE = "/api/v1";

/** What the service or the way to it has to say against a request (application/problem+json). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly where: string = "",
    readonly remedy: string = "",
    readonly findings: readonly Finding[] = [],
  ) {
    super(message);
  }
}

export interface Answer<T> {
  readonly body: T;
  readonly etag: string | null;
}

interface Extra {
  readonly ifMatch?: string;
  readonly idempotencyKey?: string;
}

export class Service {
  token: string | null = null;
  /** Called when the service no longer accepts the token. */
  onSignedOut: () => void = () => undefined;

  get<T>(path: string): Promise<T> {
    return this.ask<T>("GET", path).then((answer) => answer.body);
  }

  getTagged<T>(path: string): Promise<Answer<T>> {
    return this.ask<T>("GET", path);
  }

  /** What is no JSON, such as a plan file, as it comes. */
  text(path: string): Promise<string> {
    return this.fetched("GET", path).then((response) => response.text());
  }

  /** `key`: of the same order given again after an answer was lost; done once all the same. */
  post<T>(path: string, body: unknown = {}, key: string = freshKey()): Promise<T> {
    return this.ask<T>("POST", path, body, { idempotencyKey: key }).then((answer) => answer.body);
  }

  patch<T>(path: string, body: unknown): Promise<T> {
    return this.ask<T>("PATCH", path, body).then((answer) => answer.body);
  }

  put<T>(path: string, body: unknown, ifMatch: string): Promise<Answer<T>> {
    return this.ask<T>("PUT", path, body, { ifMatch });
  }

  delete(path: string): Promise<unknown> {
    return this.ask("DELETE", path);
  }

  /** The open event stream; the caller reads it. */
  async stream(path: string, lastEventId: string | null, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (this.token !== null) headers["Authorization"] = `Bearer ${this.token}`;
    if (lastEventId !== null) headers["Last-Event-ID"] = lastEventId;
    const response = await fetch(BASE + path, { headers, signal, cache: "no-store" });
    // Who was put out learns it here, without touching anything.
    if (response.status === 401 && this.token !== null) this.onSignedOut();
    if (!response.ok) throw await problemOf(response);
    return response;
  }

  private async ask<T>(
    method: string,
    path: string,
    body?: unknown,
    extra: Extra = {},
  ): Promise<Answer<T>> {
    const response = await this.fetched(method, path, body, extra);
    const text = await response.text();
    const etag = response.headers.get("ETag")?.replace(/^W\/|"/g, "") ?? null;
    return { body: (text === "" ? null : JSON.parse(text)) as T, etag };
  }

  private async fetched(
    method: string,
    path: string,
    body?: unknown,
    extra: Extra = {},
  ): Promise<Response> {
    const headers: Record<string, string> = { Accept: "application/json, */*;q=0.5" };
    if (this.token !== null) headers["Authorization"] = `Bearer ${this.token}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (extra.ifMatch !== undefined) headers["If-Match"] = `"${extra.ifMatch}"`;
    if (extra.idempotencyKey !== undefined) headers["Idempotency-Key"] = extra.idempotencyKey;
    const request: RequestInit = { method, headers, cache: "no-store" };
    if (body !== undefined) request.body = JSON.stringify(body);
    let response: Response;
    try {
      response = await fetch(BASE + path, request);
    } catch {
      throw new Problem(0, "N-LOST", "");
    }
    if (response.status === 401 && this.token !== null) this.onSignedOut();
    if (!response.ok) throw await problemOf(response);
    return response;
  }
}

/** 128 random bits; crypto.randomUUID is not there on a page served without TLS. */
export function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => "");
  try {
    const said = JSON.parse(text) as Partial<Record<string, unknown>>;
    const word = (key: string): string => (typeof said[key] === "string" ? said[key] : "");
    const findings = Array.isArray(said["findings"]) ? (said["findings"] as Finding[]) : [];
    return new Problem(
      response.status,
      word("code") || `E-${response.status}`,
      word("detail") || word("title"),
      word("where"),
      word("remedy"),
      findings,
    );
  } catch {
    return new Problem(response.status, `E-${response.status}`, response.statusText);
  }
}

export const service = new Service();
