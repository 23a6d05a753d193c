import type { JSX } from "preact";
import { useRoom } from "./context";

interface ActProps {
  words: string;
  testId: string;
  stop?: boolean;
  onPress(): void;
}

/** Act is one line of a menu. */
export function Act({ words, testId, stop, onPress }: ActProps): JSX.Element {
  const { t } = useRoom();
  return (
    <li>
      <button type="button" class={stop ? "menu-item stop" : "menu-item"} data-testid={testId} onClick={onPress}>
        {t(words)}
      </button>
    </li>
  );
}
