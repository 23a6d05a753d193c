// The pages where a time is chosen show it on the clock that the server guessed. This tells it the browser's, once: a
// cookie that the reader's own choice replaces. Without script the list of places on the page does the same.
const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
const shown = document.documentElement.dataset.zone;
const told = () => /(?:^|; )zone=/.test(document.cookie);

if (mine && mine !== shown && !told() && !new URLSearchParams(location.search).has('zone')) {
  document.cookie = `zone=${encodeURIComponent(mine)}; path=/book/; max-age=86400; samesite=strict${location.protocol === 'https:' ? '; secure' : ''}`;
  if (told()) location.reload();
}

export {};
