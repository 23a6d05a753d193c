import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { inAppBrowser } from "../core/browser";
import { type State, trouble } from "../core/state";
import { useRoom } from "./context";
import { Devices } from "./devices";
import { Icon } from "./icons";

/** Check is the device check before joining. Joining needs no more than one press: it asks for the microphone itself. */
export function Check({ state }: { state: State }): JSX.Element {
  const { room, t, boot } = useRoom();
  useEffect(() => openIfGranted(() => void room.open("microphone")), [room]);
  const { access } = state.microphone;
  const without = access !== "idle" && access !== "asking" && access !== "on";
  const hindered = trouble(state);
  const section = useRef<HTMLElement>(null);
  // Whoever presses and is not let in is shown why, wherever the page was scrolled to.
  const join = () => void room.join().then(() => section.current?.querySelector("[role=alert]")?.scrollIntoView({ block: "center" }));
  return (
    <section ref={section} class="check" aria-labelledby="check-title">
      <h2 id="check-title" tabIndex={-1}>
        {t("room.check.title")}
      </h2>
      <p class="lead">{t("room.check.lead")}</p>
      <InApp />
      <Devices state={state} camera />
      <div class="join-bar">
        <div class="join-in">
          <p class="me">
            {t("room.check.as")} <bdi>{boot.name}</bdi> <span class="role">{t(`room.role.${boot.role}`)}</span>
          </p>
          {hindered && (
            <p class="trouble" role="status">
              {t(hindered)}
            </p>
          )}
          <div class="buttons">
            {without && (
              <button type="button" class="button quiet" data-testid="join-silent" disabled={state.joining} onClick={() => void room.join({ silent: true })}>
                {t("room.join.silent")}
              </button>
            )}
            <button type="button" class="button" data-testid="join" disabled={state.joining} onClick={join}>
              {t(state.joining ? "room.join.busy" : "room.join")}
            </button>
          </div>
        </div>
      </div>
    </section>
  );
}

function InApp(): JSX.Element | null {
  const { t, boot } = useRoom();
  const app = inAppBrowser(navigator.userAgent);
  if (!app) return null;
  return (
    <div class="notice" role="note">
      <p>
        <Icon name="warning" />
        <strong>{app === "app" ? t("room.inapp.title") : t("room.inapp.named", { app })}</strong>
      </p>
      <p>{t("room.inapp.text")}</p>
      {boot.link_hint && <p>{boot.link_hint}</p>}
    </div>
  );
}

// Who allowed the microphone earlier need not press for the meter. Firefox before 131 and old Safari cannot be asked.
function openIfGranted(open: () => void): () => void {
  let gone = false;
  navigator.permissions?.query({ name: "microphone" as PermissionName }).then(
    (permission) => {
      if (!gone && permission.state === "granted") open();
    },
    () => undefined,
  );
  return () => {
    gone = true;
  };
}
