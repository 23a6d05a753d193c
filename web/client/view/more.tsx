// What is wanted now and then, behind one button: each line does one thing.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { confidants } from "../core/consultation";
import { may } from "../core/rights";
import { mayShow } from "../core/shares";
import type { State } from "../core/state";
import type { Layout, ScreenMode } from "../core/wire";
import { Company } from "./company";
import { focusHeading, useRoom } from "./context";
import { Devices, Recovery } from "./devices";
import { Icon, type IconName } from "./icons";
import { Languages } from "./languages";
import type { Part } from "./later";
import { LinkSetting } from "./link";

type Page = "" | "settings" | "share" | "consult" | "keys";

interface MoreProps {
  state: State;
  bench: Part<"bench">;
  onClose(): void;
}

export function More({ state, bench, onClose }: MoreProps): JSX.Element {
  const { room } = useRoom();
  const [page, setPage] = useState<Page>("");
  switch (page) {
    case "settings":
      return (
        <Below title="room.settings" onClose={onClose}>
          <Devices state={state} camera={false} />
          <Recovery kind="camera" access={state.camera.access} />
          <LinkSetting state={state} />
          <Languages />
        </Below>
      );
    case "share":
      return (
        <Below title="room.share.what" onClose={onClose}>
          <ShareModes onChosen={(mode) => (void room.share(mode), onClose())} />
        </Below>
      );
    case "consult":
      return (
        <Below title="room.consult.choose" onClose={onClose}>
          <Company state={state} onCalled={onClose} />
        </Below>
      );
    case "keys":
      return (
        <Below title="room.bench.keys" onClose={onClose}>
          {bench && <bench.KeyList />}
        </Below>
      );
    default:
      return (
        <>
          <ul class="menu">
            {may(state.role, "consult") && confidants(state).length > 0 && (
              <Item icon="lock" words="room.consult" testId="consult" onPress={() => setPage("consult")} />
            )}
            <ShareItem state={state} onPress={() => setPage("share")} onClose={onClose} />
            <HelpItem state={state} />
            <Item icon="settings" words="room.settings" testId="settings" onPress={() => setPage("settings")} />
            {bench && <Item icon="keys" words="room.bench.keys" testId="keys" onPress={() => setPage("keys")} />}
          </ul>
          <OwnLayout state={state} />
          {bench && state.host && <bench.ForAll state={state} />}
          <Done onClose={onClose} />
        </>
      );
  }
}

function Below({ title, onClose, children }: { title: string; onClose(): void; children: ComponentChildren }): JSX.Element {
  const { t } = useRoom();
  return (
    <>
      <h3 class="below" tabIndex={-1} ref={focusHeading}>
        {t(title)}
      </h3>
      {children}
      <Done onClose={onClose} />
    </>
  );
}

function Done({ onClose }: { onClose(): void }): JSX.Element {
  const { t } = useRoom();
  return (
    <div class="buttons">
      <button type="button" class="button quiet" data-testid="more-close" onClick={onClose}>
        {t("room.close")}
      </button>
    </div>
  );
}

interface ItemProps {
  icon: IconName;
  words: string;
  testId: string;
  onPress(): void;
}

function Item({ icon, words, testId, onPress }: ItemProps): JSX.Element {
  const { t } = useRoom();
  return (
    <li>
      <button type="button" class="menu-item" data-testid={testId} onClick={onPress}>
        <Icon name={icon} />
        {t(words)}
      </button>
    </li>
  );
}

function ShareItem({ state, onPress, onClose }: { state: State; onPress(): void; onClose(): void }): JSX.Element | null {
  const { room, t } = useRoom();
  if (state.shares.mine === "on") return <Item icon="screen" words="room.share.stop" testId="share" onPress={() => (room.stopSharing(), onClose())} />;
  if (state.shares.mine === "unsupported") return <li class="menu-note">{t("room.share.unsupported")}</li>;
  return mayShow(state) ? <Item icon="screen" words="room.share" testId="share" onPress={onPress} /> : null;
}

const modes: ScreenMode[] = ["text", "motion"];

// The browser shows its own question only within the press.
function ShareModes({ onChosen }: { onChosen(mode: ScreenMode): void }): JSX.Element {
  const { t } = useRoom();
  return (
    <ul class="menu">
      {modes.map((mode) => (
        <li key={mode}>
          <button type="button" class="menu-item" data-testid={`share-${mode}`} onClick={() => onChosen(mode)}>
            <span>
              {t(`room.share.${mode}`)}
              <span class="help">{t(`room.share.${mode}.help`)}</span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** HelpItem asks the clerks' desk for help, and says that it has been asked. */
function HelpItem({ state }: { state: State }): JSX.Element {
  const { room, t } = useRoom();
  return (
    <li>
      <button type="button" class="menu-item" data-testid="help" aria-pressed={state.help} onClick={() => room.help(!state.help)}>
        <Icon name="help" />
        <span>
          {t(state.help ? "room.help.cancel" : "room.help")}
          <span class="help" role="status">
            {state.help && t("room.help.sent")}
          </span>
        </span>
      </button>
    </li>
  );
}

const layouts: (Layout | "")[] = ["", "grid", "speaker", "document"];

function OwnLayout({ state }: { state: State }): JSX.Element {
  const { room, t } = useRoom();
  return (
    <label class="chooser">
      <span>{t("room.layout")}</span>
      <select data-testid="layout" value={state.floor.own} onChange={(event) => room.chooseLayout(event.currentTarget.value as Layout | "")}>
        {layouts.map((layout) => (
          <option key={layout} value={layout}>
            {t(`room.layout.${layout || "auto"}`)}
          </option>
        ))}
      </select>
    </label>
  );
}
