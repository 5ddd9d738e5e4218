/** The channel on which a page that signed somebody in tells the others; who it is they ask the server. */
export const SIGN_IN = "speechcorpus-sign-in";
