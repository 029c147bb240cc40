/** Who is signed in. The token lives in the tab's own storage and dies with the tab. */

import { service } from "../service/client";
import type { Role, Session, User } from "../service/contract";
import { say, type Word } from "../words/words.svelte";

const KEPT = "signalctl.session";

class Current {
  user = $state<User | null>(null);
  ended = $state(false);
}
const current = new Current();

service.onSignedOut = () => {
  if (current.user !== null) current.ended = true;
  forget();
};

/** Takes up the session of this tab, if one was kept and still runs. */
export function resume(): void {
  const kept = sessionStorage.getItem(KEPT);
  if (kept === null) return;
  try {
    const session = JSON.parse(kept) as Session;
    if (new Date(session.expires_at) > new Date()) adopt(session);
  } catch {
    sessionStorage.removeItem(KEPT);
  }
}

export async function signIn(name: string, password: string): Promise<void> {
  const session = await service.post<Session>("/sessions", { name, password });
  sessionStorage.setItem(KEPT, JSON.stringify(session));
  current.ended = false;
  adopt(session);
}

export async function signOut(): Promise<void> {
  try {
    await service.delete("/sessions/current");
  } finally {
    forget();
  }
}

/** The session is over already, at one's own wish. */
export function forgetSession(): void {
  forget();
}

function adopt(session: Session): void {
  service.token = session.token;
  current.user = session.user;
}

function forget(): void {
  service.token = null;
  current.user = null;
  sessionStorage.removeItem(KEPT);
}

export function user(): User | null {
  return current.user;
}

export function sessionEnded(): boolean {
  return current.ended;
}

export function has(role: Role): boolean {
  return current.user?.roles.includes(role) ?? false;
}

/** Why the signed-in person may not do what needs a role; empty when they may. */
export function lacking(role: Role): string {
  if (current.user === null || has(role)) return "";
  const own = current.user.roles.map((each) => say(`role.${each}` as Word));
  return say("role.needed", {
    role: say(`role.${role}` as Word),
    name: current.user.name,
    roles: own.length > 0 ? own.join(", ") : say("role.none"),
  });
}
