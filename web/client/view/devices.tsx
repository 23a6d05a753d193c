// The devices of the check, the waiting room and the settings in the hearing: the same three parts everywhere.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Access, Choice, Kind, State } from "../core/state";
import { useRoom } from "./context";
import { Icon, type IconName } from "./icons";
import { Meter } from "./meter";
import { canChooseSpeaker, playTones, testMelody } from "./sound";

export function Devices({ state, camera }: { state: State; camera: boolean }): JSX.Element {
  return (
    <div class="devices">
      <Microphone state={state} />
      <Speaker state={state} />
      {camera && <Camera state={state} />}
    </div>
  );
}

function Microphone({ state }: { state: State }): JSX.Element {
  const { room, t } = useRoom();
  const { access, on, device } = state.microphone;
  const track = room.track("microphone");
  const muted = state.phase === "hearing" && !on;
  return (
    <section class="device" data-testid="microphone" data-access={access}>
      <Title icon="microphone" kind="microphone" done={access === "on"} />
      {access === "on" && track && (muted ? <p>{t("room.tile.muted")}</p> : <Meter track={track} />)}
      {access === "idle" && <p>{t("room.microphone.why")}</p>}
      {access === "asking" && <p role="status">{t("room.device.asking")}</p>}
      <Recovery kind="microphone" access={access} />
      {access !== "on" && access !== "asking" && (
        <button type="button" class="button quiet" onClick={() => void room.open("microphone")}>
          {t(access === "idle" ? "room.microphone.test" : "room.device.retry")}
        </button>
      )}
      <Chooser kind="microphone" choices={state.choices.microphone} value={device} onChoose={(id) => room.choose("microphone", id)} />
    </section>
  );
}

function Speaker({ state }: { state: State }): JSX.Element {
  const { room, t } = useRoom();
  const [playing, setPlaying] = useState(false);
  const [played, setPlayed] = useState(false);
  const play = () => {
    setPlaying(true);
    void playTones(testMelody, state.speaker).then(() => {
      setPlaying(false);
      setPlayed(true);
    });
  };
  return (
    <section class="device" data-testid="speaker">
      <Title icon="speaker" kind="speaker" />
      <button type="button" class="button quiet" data-testid="speaker-test" onClick={play} disabled={playing}>
        {t(playing ? "room.speaker.playing" : "room.speaker.test")}
      </button>
      {played && <p role="status">{t("room.speaker.played")}</p>}
      {canChooseSpeaker() && (
        <Chooser kind="speaker" choices={state.choices.speaker} value={state.speaker} onChoose={(id) => room.chooseSpeaker(id)} />
      )}
    </section>
  );
}

function Camera({ state }: { state: State }): JSX.Element {
  const { room, t } = useRoom();
  const { access, device } = state.camera;
  return (
    <section class="device" data-testid="camera" data-access={access}>
      <Title icon="camera" kind="camera" done={access === "on"} />
      {access === "on" ? <Mirror track={room.track("camera")} label={t("room.camera.preview")} /> : <p>{t("room.camera.why")}</p>}
      {access === "asking" && <p role="status">{t("room.device.asking")}</p>}
      <Recovery kind="camera" access={access} />
      <button type="button" class="button quiet" disabled={access === "asking"} onClick={() => room.toggle("camera")}>
        {t(access === "on" ? "room.camera.stop" : "room.camera.test")}
      </button>
      <Chooser kind="camera" choices={state.choices.camera} value={device} onChoose={(id) => room.choose("camera", id)} />
    </section>
  );
}

function Title({ icon, kind, done }: { icon: IconName; kind: string; done?: boolean }): JSX.Element {
  const { t } = useRoom();
  return (
    <h3>
      <Icon name={icon} />
      {t(`room.${kind}`)}
      {done && (
        <span class="done">
          <Icon name="check" />
          <span class="unseen">{t("room.device.works")}</span>
        </span>
      )}
    </h3>
  );
}

/** Recovery says what went wrong with a device and the steps that help. */
export function Recovery({ kind, access }: { kind: Kind; access: Access }): JSX.Element | null {
  const { t } = useRoom();
  if (access === "idle" || access === "asking" || access === "on") return null;
  const steps = access === "denied" ? [1, 2, 3] : [];
  return (
    <div class="notice" role="alert">
      <p>
        <strong>{t(`room.${kind}.${access}`)}</strong>
      </p>
      {steps.length > 0 ? (
        <ol>
          {steps.map((step) => (
            <li key={step}>{t(`room.denied.step${step}`)}</li>
          ))}
        </ol>
      ) : (
        <p>{t(`room.device.${access}`)}</p>
      )}
    </div>
  );
}

interface ChooserProps {
  kind: string;
  choices: readonly Choice[];
  value: string;
  onChoose(id: string): void;
}

// One device is no choice.
function Chooser({ kind, choices, value, onChoose }: ChooserProps): JSX.Element | null {
  const { t } = useRoom();
  const real = choices.filter((choice) => choice.id !== "default" && choice.id !== "communications");
  if (real.length < 2) return null;
  return (
    <label class="chooser">
      <span>{t(`room.${kind}.choose`)}</span>
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        <option value="">{t("room.device.default")}</option>
        {real.map((choice) => (
          <option key={choice.id} value={choice.id}>
            {choice.label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Mirror is one's own picture, as in a looking glass. */
export function Mirror({ track, label }: { track: MediaStreamTrack | null; label: string }): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = track ? new MediaStream([track]) : null;
  }, [track]);
  return <video ref={video} class="mirror" aria-label={label} autoPlay playsInline muted />;
}
