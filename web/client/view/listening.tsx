// Which language I hear, and for an interpreter which one they speak into: one menu each, only where there is a choice.

import type { JSX } from "preact";
import { interprets, speaksInto } from "../core/channels";
import type { State } from "../core/state";
import { useRoom } from "./context";

/** What an interpreter may speak into, whatever is spoken already. */
const offered = ["ar", "fr", "zgh", "en", "es", "de", "it", "nl"];

export function Listening({ state }: { state: State }): JSX.Element | null {
  const { room, t } = useRoom();
  const { languages, listening } = state.channels;
  const mine = interprets(state);
  if (state.phase !== "hearing" || (languages.length === 0 && !mine)) return null;
  const own = speaksInto(state);
  return (
    <div class="listening">
      {mine && (
        <Menu label="room.channel" none="room.channel.floor" testId="channel" value={own} languages={[...new Set([...offered, ...languages])]} onChoose={(language) => room.speakInto(language)} />
      )}
      <Menu label="room.listen" none="room.listen.floor" testId="listen" value={listening} languages={languages} onChoose={(language) => room.listen(language)} />
      <p class="listening-now" role="status">
        {own !== "" && t("room.channel.now", { language: languageName(t, own) })}
        {own === "" && listening !== "" && t("room.listen.text")}
      </p>
    </div>
  );
}

interface MenuProps {
  label: string;
  none: string;
  testId: string;
  value: string;
  languages: readonly string[];
  onChoose(language: string): void;
}

function Menu({ label, none, testId, value, languages, onChoose }: MenuProps): JSX.Element {
  const { t } = useRoom();
  return (
    <label>
      <span>{t(label)}</span>
      <select data-testid={testId} value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        <option value="">{t(none)}</option>
        {languages.map((language) => (
          <option key={language} value={language}>
            {languageName(t, language)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** languageName names a language in the reader's own; one that we have no word for shows its code. */
export function languageName(t: (key: string) => string, language: string): string {
  const key = `room.lang.${language}`;
  const name = t(key);
  return name === key ? language : name;
}
