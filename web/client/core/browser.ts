// What the user agent string tells us, as pure functions.

/**
 * inAppBrowser names the app whose built-in browser shows this page, "app" for one we cannot name, "" for a real browser.
 * Such browsers often refuse the microphone, so people are told to open the link in their own browser.
 */
export function inAppBrowser(agent: string): string {
  const named: [RegExp, string][] = [
    [/\bMessenger|FB_IAB\/Orca|FBAN\/Messenger/i, "Messenger"],
    [/\bInstagram\b/, "Instagram"],
    [/FBAN|FBAV|FB_IAB/, "Facebook"],
    [/WhatsApp/i, "WhatsApp"],
    [/Telegram/i, "Telegram"],
    [/\bLine\//i, "LINE"],
    [/\bTikTok|musical_ly|BytedanceWebview/i, "TikTok"],
    [/\bSnapchat\b/i, "Snapchat"],
    [/MicroMessenger/i, "WeChat"],
  ];
  for (const [pattern, name] of named) if (pattern.test(agent)) return name;
  if (/; wv\)/.test(agent)) return "app";
  // A WKWebView on iOS has neither Safari nor another browser's own word (CriOS, FxiOS, EdgiOS, …).
  if (/iPhone|iPad|iPod/.test(agent) && /AppleWebKit/.test(agent) && !/Safari\//.test(agent)) return "app";
  return "";
}
