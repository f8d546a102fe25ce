// Calls of the edit dialog: pictures, captions and chapters of one's own videos.

import { call, sendForm } from '../../api'
import type { Chapter } from '../../types'

const of = (video: string) => `/videos/${encodeURIComponent(video)}`

function form(field: string, file: File): FormData {
    const data = new FormData()
    data.append(field, file)
    return data
}

export const parts = {
    takeMoment: (video: string, seconds: number) => call<void>('PUT', of(video), { thumbnailTime: seconds }),
    sendPicture: (video: string, file: File) => sendForm('PUT', of(video), form('thumbnailfile', file)),
    sendCaptions: (video: string, language: string, file: File) =>
        sendForm('PUT', `${of(video)}/captions/${encodeURIComponent(language)}`, form('captionfile', file)),
    removeCaptions: (video: string, language: string) => call<void>('DELETE', `${of(video)}/captions/${encodeURIComponent(language)}`),
    setChapters: (video: string, chapters: Chapter[]) => call<void>('PUT', `${of(video)}/chapters`, { chapters })
}
