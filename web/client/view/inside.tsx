// What is fetched behind the first screen, by everybody: the hearing, and how it ends.

import "../main"; // see ../live.ts

export { Calls, Company } from "./company";
export { Ended } from "./ended";
export { Hearing } from "./hearing";
