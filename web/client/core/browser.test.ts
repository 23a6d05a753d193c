import { expect, test } from "vitest";
import { inAppBrowser } from "./browser";

const android = "Mozilla/5.0 (Linux; Android 11; SM-A125F; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0.0.0 Mobile Safari/537.36";
const chrome = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36";
const ios = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148";
const safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1";
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

test.each([
  ["Facebook, Android", `${android} [FB_IAB/FB4A;FBAV/440.0.0.0.1;]`, "Facebook"],
  ["Facebook, iOS", `${ios} [FBAN/FBIOS;FBAV/440.0;FBBV/1;]`, "Facebook"],
  ["Messenger, Android", `${android} [FB_IAB/Orca-Android;FBAV/430.0;]`, "Messenger"],
  ["Messenger, iOS", `${ios} [FBAN/MessengerForiOS;FBAV/430.0]`, "Messenger"],
  ["Instagram, iOS", `${ios} Instagram 312.0.0.0 (iPhone12,1; iOS 16_6; fr_FR)`, "Instagram"],
  ["Instagram, Android", `${android} Instagram 312.0.0.0 Android (30/11)`, "Instagram"],
  ["WhatsApp", `${ios} WhatsApp/23.20.79`, "WhatsApp"],
  ["Telegram", `${android} Telegram-Android/10.2.0`, "Telegram"],
  ["LINE", `${safari} Line/13.19.0`, "LINE"],
  ["TikTok", `${ios} musical_ly_31.5.0 BytedanceWebview/d8a21c6`, "TikTok"],
  ["another Android app", android, "app"],
  ["another iOS app", ios, "app"],
  ["Chrome, Android", chrome, ""],
  ["Safari, iOS", safari, ""],
  ["Chrome, iOS", safari.replace("Version/16.6", "CriOS/120.0.6099.119"), ""],
  ["Firefox, iOS", safari.replace("Version/16.6", "FxiOS/121.0"), ""],
  ["Firefox, Linux", firefox, ""],
  ["Samsung Internet", chrome.replace("Chrome/", "SamsungBrowser/23.0 Chrome/"), ""],
])("%s", (_, agent, want) => expect(inAppBrowser(agent)).toBe(want));
