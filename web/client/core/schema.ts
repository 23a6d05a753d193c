// Strict reading of JSON: a check takes a value and where it stands, and gives it back typed or throws WireError.

/** WireError says where a frame leaves the schema. */
export class WireError extends Error {}

export type Check<T> = (value: unknown, at: string) => T;

function fail(at: string, wanted: string): never {
  throw new WireError(`${at}: ${wanted} expected`);
}

export const text: Check<string> = (v, at) => (typeof v === "string" ? v : fail(at, "text"));
export const flag: Check<boolean> = (v, at) => (typeof v === "boolean" ? v : fail(at, "true or false"));
export const int: Check<number> = (v, at) => (typeof v === "number" && Number.isInteger(v) ? v : fail(at, "whole number"));

export function oneOf<T extends string>(...values: readonly T[]): Check<T> {
  return (v, at) => values.find((value) => value === v) ?? fail(at, values.join(" or "));
}

/** list reads null as an empty list: so Go writes one that was never made. */
export function list<T>(item: Check<T>): Check<T[]> {
  return (v, at) => {
    if (v === null) return [];
    return Array.isArray(v) ? v.map((each, i) => item(each, `${at}[${i}]`)) : fail(at, "list");
  };
}

export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (v, at) => (v === undefined ? undefined : check(v, at));
}

/** record reads an object with these fields and no other. */
export function record<T extends object>(fields: { [K in keyof T]-?: Check<T[K]> }): Check<T> {
  return (v, at) => {
    if (typeof v !== "object" || v === null || Array.isArray(v)) fail(at, "object");
    const from = v as Record<string, unknown>;
    for (const key of Object.keys(from)) if (!(key in fields)) fail(`${at}.${key}`, "no such field");
    const out: Partial<T> = {};
    for (const key of Object.keys(fields) as (keyof T & string)[]) {
      const value = fields[key](from[key], `${at}.${key}`);
      if (value !== undefined) out[key] = value;
    }
    return out as T;
  };
}
