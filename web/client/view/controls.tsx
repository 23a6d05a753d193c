import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Kind, sends, type State } from "../core/state";
import { useRoom } from "./context";
import { Devices, Recovery } from "./devices";
import { Dialog } from "./dialog";
import { Icon } from "./icons";
import { Languages } from "./languages";
import { LeaveButton } from "./leave";
import { Bars, LinkSetting } from "./link";

interface ControlsProps {
  state: State;
  panel: boolean;
  onPanel(): void;
}

/** Controls are the few buttons of the hearing, in the same place all along. */
export function Controls({ state, panel, onPanel }: ControlsProps): JSX.Element {
  const { t } = useRoom();
  const [settings, setSettings] = useState(false);
  const waiting = state.host ? state.people.filter((one) => one.place === "waiting").length : 0;
  return (
    <div class="controls" role="group" aria-label={t("room.controls")}>
      <Switch kind="microphone" state={state} />
      <Switch kind="camera" state={state} />
      <button type="button" class="control" data-testid="people" aria-expanded={panel} onClick={onPanel}>
        <Icon name="people" />
        <span>{t("room.people.short")}</span>
        {waiting > 0 && (
          <span class="count">
            {waiting}
            <span class="unseen"> {t("room.people.waiting")}</span>
          </span>
        )}
      </button>
      <button type="button" class="control" data-testid="settings" onClick={() => setSettings(true)}>
        <Icon name="settings" />
        <span>{t("room.settings")}</span>
        <Bars state={state} />
      </button>
      <LeaveButton state={state} />
      {settings && (
        <Dialog title={t("room.settings")} onClose={() => setSettings(false)}>
          <Devices state={state} camera={false} />
          <Recovery kind="camera" access={state.camera.access} />
          <LinkSetting state={state} />
          <Languages />
          <div class="buttons">
            <button type="button" class="button" onClick={() => setSettings(false)}>
              {t("room.close")}
            </button>
          </div>
        </Dialog>
      )}
      <Trouble state={state} kind="microphone" />
      <Trouble state={state} kind="camera" />
    </div>
  );
}

function Switch({ kind, state }: { kind: Kind; state: State }): JSX.Element {
  const { room, t } = useRoom();
  const input = state[kind];
  const on = sends(input);
  return (
    <button
      type="button"
      class={`control ${kind}`}
      data-testid={`${kind}-switch`}
      data-access={input.access}
      aria-pressed={on}
      aria-label={t(`room.${kind}`)}
      title={t(`room.${kind}.${on ? "off" : "on"}`)}
      disabled={input.access === "asking"}
      onClick={() => room.toggle(kind)}
    >
      <Icon name={kind} off={!on} />
      <span aria-hidden="true">{t(`room.${kind}.short`)}</span>
    </button>
  );
}

// A device that was wanted and did not come explains itself once, in a dialog.
function Trouble({ state, kind }: { state: State; kind: Kind }): JSX.Element | null {
  const { room, t } = useRoom();
  const { access, on } = state[kind];
  if (!on || access === "on" || access === "idle" || access === "asking") return null;
  const dismiss = () => room.close(kind);
  return (
    <Dialog title={t(`room.${kind}`)} onClose={dismiss}>
      <Recovery kind={kind} access={access} />
      <div class="buttons">
        <button type="button" class="button quiet" onClick={dismiss}>
          {t("room.close")}
        </button>
        <button type="button" class="button" onClick={() => void room.open(kind)}>
          {t("room.device.retry")}
        </button>
      </div>
    </Dialog>
  );
}
