import { BlockLists } from '../components/block-lists'
import { RequireUser } from '../components/require-user'
import { useTitle } from '../components/title'
import { strings as s } from '../strings'

/** Accounts and servers the signed-in person does not want to hear of. */
export function MyBlocks() {
    useTitle(s.blocks.title)
    return (
        <RequireUser>
            <div class="column">
                <div class="page-head"><div><h1>{s.blocks.title}</h1><p class="quiet">{s.blocks.text}</p></div></div>
                <BlockLists base="/users/me" />
            </div>
        </RequireUser>
    )
}
