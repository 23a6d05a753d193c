import type { JSX } from "preact";

const paths = {
  microphone: "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM6 11a6 6 0 0 0 12 0M12 17v4M9 21h6",
  camera: "M4 7h10a1.5 1.5 0 0 1 1.5 1.5v7A1.5 1.5 0 0 1 14 17H4a1.5 1.5 0 0 1-1.5-1.5v-7A1.5 1.5 0 0 1 4 7ZM15.5 10.5 21 7.5v9l-5.5-3",
  speaker: "M4 9.5v5h3.5L12 18.5v-13L7.500 9.500ZM15.500 9a4.200 4.200 0 0 1 0 6M18 6.500a7.800 7.800 0 0 1 0 11",
  people: "M9 11a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400ZM3 19.500c0-3.300 2.700-5.500 6-5.500s6 2.200 6 5.500M16 5a3 3 0 0 1 0 5.800M17.500 14.300c2.100.7 3.500 2.600 3.500 5.200",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.800v4.400M9 14.800v4.400",
  leave: "M10 4H6a1.500 1.500 0 0 0-1.500 1.500v13A1.500 1.500 0 0 0 6 20h4M14.500 8l4 4-4 4M18.500 12H9.500",
  close: "M6 6l12 12M18 6 6 18",
  check: "M5 12.500l4.500 4.500L19 7.500",
  link: "M3.500 9.500a12.500 12.500 0 0 1 17 0M6.500 13a8 8 0 0 1 11 0M9.500 16.300a3.800 3.800 0 0 1 5 0M12 19.700v.1",
  warning: "M12 4 2.800 20h18.400ZM12 10v4.500M12 17.200v.1",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7.500V12l3 2",
} as const;

export type IconName = keyof typeof paths;

/** Icon is decoration beside words; off strikes it through. */
export function Icon({ name, off }: { name: IconName; off?: boolean }): JSX.Element {
  return (
    <svg class={name === "leave" || name === "speaker" ? "icon directed" : "icon"} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
      {off && <path class="gap" d="M4 4l16 16" />}
      {off && <path d="M4 4l16 16" />}
    </svg>
  );
}
