import type { JSX } from "preact";
import { heardNow } from "../core/presence";
import { sendsPictures } from "../core/sending";
import { sends, speaks, type State } from "../core/state";
import { useRoom } from "./context";
import { Mirror } from "./devices";
import { Icon } from "./icons";

/** SelfView is one's own picture in the corner; without a camera only the word and the state of the microphone. */
export function SelfView({ state }: { state: State }): JSX.Element {
  const { room, t } = useRoom();
  const speaking = speaks(state, state.number) && heardNow(state);
  const held = sends(state.camera) && state.level !== "" && !sendsPictures(state.level);
  return (
    <div class="self" data-testid="self" data-camera={sends(state.camera)} data-speaking={speaking} data-held={held}>
      {sends(state.camera) && <Mirror track={room.track("camera")} label={t("room.camera.preview")} />}
      <p class="plate">
        {!sends(state.microphone) && (
          <span class="muted">
            <Icon name="microphone" off />
            <span class="unseen">{t("room.tile.muted")}</span>
          </span>
        )}
        {held ? t(state.level === "voice" ? "room.self.paused" : "room.self.still") : t("room.you")}
      </p>
    </div>
  );
}
