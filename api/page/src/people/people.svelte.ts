/** Users, lock-outs and who is chosen: read from the service, replaced whole. */

import { service } from "../service/client";
import type { Account, Lockout } from "../service/accounts";
import type { Page } from "../service/contract";

class People {
  users = $state.raw<readonly Account[] | null>(null);
  lockouts = $state.raw<readonly Lockout[]>([]);
}
const people = new People();

/** Null before they were read. */
export function users(): readonly Account[] | null {
  return people.users;
}

export function lockouts(): readonly Lockout[] {
  return people.lockouts;
}

export async function readUsers(): Promise<void> {
  const found: Account[] = [];
  let after: string | number | null = null;
  do {
    const query: string = after === null ? "" : `&after=${encodeURIComponent(after)}`;
    const page: Page<Account> = await service.get<Page<Account>>(`/users?limit=500${query}`);
    found.push(...page.items);
    after = page.next;
  } while (after !== null && found.length < 20_000);
  people.lockouts = await service.get<readonly Lockout[]>("/lockouts");
  people.users = found;
}

export function forgetUsers(): void {
  people.users = null;
  people.lockouts = [];
}

/** 60 bits in letters that nobody mistakes for others: five groups of three. */
export function proposedPassword(): string {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789x";
  const bytes = crypto.getRandomValues(new Uint8Array(15));
  const text = [...bytes].map((byte) => letters[byte % 32] ?? "x").join("");
  return (text.match(/.{3}/g) ?? []).join("-");
}
