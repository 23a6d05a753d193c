// The page's own JSON, written by the server into <script type="application/json" id="boot">.

import type { Messages } from "./core/i18n";

export interface Boot {
  lang: string;
  dir: string;
  number: number;
  name: string;
  role: string;
  host: boolean;
  socket: string;
  link_hint?: string;
  docket?: string;
  /** The room does nothing for thin links, as before it knew how: for comparison runs. */
  plain?: boolean;
  hearing: {
    institution: string;
    service: string;
    reference: string;
    status: string;
  };
  messages: Messages;
}

export function readBoot(document: Document): Boot {
  return JSON.parse(document.getElementById("boot")?.textContent ?? "null") as Boot;
}
