/** storageOf is one of the browser's storages, where the person's settings allow it. */
export function storageOf(name: "localStorage" | "sessionStorage"): Storage | undefined {
  try {
    return window[name];
  } catch {
    return undefined; // forbidden
  }
}
