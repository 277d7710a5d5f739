/** The profiles that `GREENROOM_PROFILE` may name, in lower case: `auto`, ours, and those that programs register. */
export const profileNames = new Set(['auto', 'default', 'pyconus']);
