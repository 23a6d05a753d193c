// The files of later parts, fetched so that a failure can be made good: a module that a browser could not load it may not
// ask for again as long as the page lives (whatwg/html#6768), so each is in the browser's cache before it is imported.

const longest = 60_000; // ms that a file may take, before it is asked for anew

const kept = new Map<string, Promise<string>>();

/** keep fetches a file once, however often it is wanted, and tells what it says; one that failed is fetched again. */
export function keep(address: string): Promise<string> {
  const before = kept.get(address);
  if (before) return before;
  const text = (address.endsWith(".css") ? wear : take)(address);
  kept.set(address, text);
  text.catch(() => kept.delete(address));
  return text;
}

async function take(address: string): Promise<string> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), longest);
  try {
    const response = await fetch(address, { signal: abort.signal });
    if (!response.ok) throw new Error(address);
    return await response.text();
  } finally {
    clearTimeout(timer);
  }
}

// A style sheet goes on the page, on top of those that are there.
async function wear(address: string): Promise<string> {
  const text = await take(address);
  return new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
    link.onload = () => resolve(text);
    link.onerror = () => {
      link.remove();
      reject(new Error(address));
    };
    document.head.append(link);
  });
}
