// Words from the hosts or the desk, shown until they are read.

import type { Notice, ServerMessage } from "./wire";

export interface Told extends Omit<Notice, "type"> {
  id: number;
}

export interface Notices {
  unread: readonly Told[];
  /** How many there ever were: the id of the latest. */
  count: number;
}

export const noNotices: Notices = { unread: [], count: 0 };

const most = 10;

export function noticesAfter(notices: Notices, message: ServerMessage): Notices {
  if (message.type !== "notice") return notices;
  const id = notices.count + 1;
  return { unread: [...notices.unread, { id, from: message.from, text: message.text }].slice(-most), count: id };
}

export function noticeRead(notices: Notices, id: number): Notices {
  return { ...notices, unread: notices.unread.filter((notice) => notice.id !== id) };
}
