import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { State } from "../core/state";
import { addressees, linesOf, longest, type Line } from "../core/talk";
import type { Audience } from "../core/wire";
import { useRoom } from "./context";
import { Icon } from "./icons";

const warnBelow = 60; // characters left

interface ChatProps {
  state: State;
  focus: boolean;
  onClose(): void;
}

/** Chat is what is written in this room. What is in front of the person is read. */
export function Chat({ state, focus, onClose }: ChatProps): JSX.Element {
  const { room, t, boot } = useRoom();
  const lines = linesOf(state);
  const list = useRef<HTMLDivElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    room.openTalk(true);
    return () => room.openTalk(false);
  }, [room, state.room]);
  useEffect(() => {
    if (focus) heading.current?.focus();
  }, [focus]);
  const last = lines[lines.length - 1]?.id;
  useLayoutEffect(() => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [last]);
  return (
    <aside class="people chat" aria-labelledby="chat-title" data-testid="chat-panel">
      <header>
        <h3 id="chat-title" tabIndex={-1} ref={heading}>
          {t("room.chat")}
        </h3>
        <button type="button" class="plain" onClick={onClose} aria-label={t("room.close")}>
          <Icon name="close" />
        </button>
      </header>
      <div ref={list} class="chat-lines" role="log" tabIndex={0} aria-label={t("room.chat")}>
        {lines.length === 0 && <p class="nobody">{t("room.chat.none")}</p>}
        {lines.map((line) => (
          <Said key={line.id} line={line} state={state} lang={boot.lang} />
        ))}
      </div>
      <Write key={state.room} state={state} />
    </aside>
  );
}

function Said({ line, state, lang }: { line: Line; state: State; lang: string }): JSX.Element {
  const { t } = useRoom();
  const name = (number: number) => state.people.find((one) => one.number === number)?.name ?? "";
  const mine = line.from === state.number;
  return (
    <div class="said" data-mine={mine} data-to={line.to}>
      <p class="said-by">
        <bdi class="name">{mine ? t("room.you") : name(line.from)}</bdi>
        {line.to === "hosts" && <span class="pill">{t("room.chat.for.hosts")}</span>}
        {line.to === "one" && <span class="pill">{mine ? t("room.chat.for", { name: name(line.number) }) : t("room.chat.for.me")}</span>}
        <time dateTime={line.at}>{new Date(line.at).toLocaleTimeString(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })}</time>
      </p>
      <p class="said-text" dir="auto">
        {line.text}
      </p>
    </div>
  );
}

// The choice of whom to write to is one menu: all, the hosts, or a number. What was begun in one room is not for another.
function Write({ state }: { state: State }): JSX.Element {
  const { room, t } = useRoom();
  const may = addressees(state);
  const [to, setTo] = useState("");
  const [text, setText] = useState("");
  const first = may.all ? "all" : "hosts";
  const chosen = to === "all" || to === "hosts" || may.people.some((one) => String(one.number) === to) ? to : first;
  const left = longest - [...text].length;
  const send = (event: Event) => {
    event.preventDefault();
    const number = Number(chosen) || 0;
    const audience: Audience = number > 0 ? "one" : (chosen as Audience);
    if (text.trim() !== "" && left >= 0 && room.chat(audience, text.trim(), number)) setText("");
  };
  return (
    <form class="chat-write" onSubmit={send}>
      <label class="chooser">
        <span>{t("room.chat.to")}</span>
        <select data-testid="chat-to" value={chosen} onChange={(event) => setTo(event.currentTarget.value)}>
          {may.all && <option value="all">{t("room.chat.to.all")}</option>}
          {may.hosts && <option value="hosts">{t("room.chat.to.hosts")}</option>}
          {may.people.map((one) => (
            <option key={one.number} value={one.number}>
              {one.name}
            </option>
          ))}
        </select>
      </label>
      <label class="chooser">
        <span>{t("room.chat.text")}</span>
        <textarea data-testid="chat-text" dir="auto" rows={2} maxLength={longest} value={text} onInput={(event) => setText(event.currentTarget.value)} onKeyDown={(event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && send(event)} />
      </label>
      {left < warnBelow && <p class="hint">{t("room.chat.left", { n: Math.max(0, left) })}</p>}
      <div class="buttons">
        <button type="submit" class="button" data-testid="chat-send" disabled={text.trim() === ""}>
          {t("room.chat.send")}
        </button>
      </div>
      <p class="hint">{t("room.chat.help")}</p>
    </form>
  );
}
