// The page's own JSON, written by the server into <script type="application/json" id="boot">.

import type { Messages } from "./core/i18n";

export interface Boot {
  lang: string;
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
    service: string;
    reference: string;
  };
  /** Words of the first screens; those of the later parts join them. */
  messages: Messages;
  /** Addresses of the files of each later part; the bench is that of hosts and clerks. */
  later: { live: string[]; inside: string[]; bench?: string[] };
}

export function readBoot(document: Document): Boot {
  return JSON.parse(document.getElementById("boot")?.textContent ?? "null") as Boot;
}
