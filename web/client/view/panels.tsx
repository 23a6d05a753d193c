// What is fetched after joining.

export { Arrival, People } from "./people";
