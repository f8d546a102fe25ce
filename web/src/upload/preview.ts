// A small picture of a file that is being uploaded. One file at a time: decoders are dear, and thirty dropped
// files must not open thirty of them.

const WIDTH = 272
let queue: Promise<unknown> = Promise.resolve()

export function frameOf(file: File): Promise<ImageBitmap | null> {
    const mine = queue.then(() => grab(file))
    queue = mine.catch(() => null)
    return mine.catch(() => null)
}

async function grab(file: File): Promise<ImageBitmap | null> {
    const url = URL.createObjectURL(file)
    const video = document.createElement('video')
    video.muted = true
    video.playsInline = true
    video.preload = 'auto'
    try {
        const event = (name: string) => new Promise<void>((resolve, reject) => {
            video.addEventListener(name, () => resolve(), { once: true })
            video.addEventListener('error', () => reject(new Error('not readable here')), { once: true })
            setTimeout(() => reject(new Error('too slow')), 5000)
        })
        const loaded = event('loadeddata')
        video.src = url
        await loaded
        const seeked = event('seeked')
        video.currentTime = Math.min(1, (video.duration || 0) / 3)
        await seeked
        if (video.videoWidth === 0)
            return null
        return await createImageBitmap(video, { resizeWidth: WIDTH, resizeHeight: Math.max(1, Math.round(WIDTH * video.videoHeight / video.videoWidth)) })
    } finally {
        video.removeAttribute('src')
        video.load()
        URL.revokeObjectURL(url)
    }
}
