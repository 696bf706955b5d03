/** The text of a QR code in a picture that a person took. The page asks for no camera: the picture is a file. */

/** What every picture is scaled to, in pixels of the longer side: a dense code needs several for each of its squares. */
const SIDE = 1600;
/** A picture is read once, so that every way of reading it may be tried. */
const PATIENTLY = { format: "RGBA", effort: Number.POSITIVE_INFINITY, timeLimit: 4000 } as const;

/** Null if the file is no picture, or holds no code that can be read. */
export async function textInPicture(file: File): Promise<string | null> {
  const { decodeQR } = await import("qr/decode.js");
  try {
    const { width, height, data } = await pixelsOf(file);
    return decodeQR({ width, height, data }, PATIENTLY);
  } catch {
    return null;
  }
}

async function pixelsOf(file: File): Promise<ImageData> {
  const picture = await createImageBitmap(file);
  const scale = SIDE / Math.max(picture.width, picture.height);
  const [width, height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  const context = new OffscreenCanvas(width, height).getContext("2d");
  if (context === null) throw new Error("this browser draws nothing");
  context.drawImage(picture, 0, 0, width, height);
  picture.close();
  return context.getImageData(0, 0, width, height);
}
