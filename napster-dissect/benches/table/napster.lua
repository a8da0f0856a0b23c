-- A minimal dissector of Napster for tshark: frames, codes, and the payload as text.
local nap = Proto("nap", "Napster")
local f_length = ProtoField.uint16("nap.length", "Length", base.DEC)
local f_code = ProtoField.uint16("nap.code", "Code", base.DEC)
local f_payload = ProtoField.string("nap.payload", "Payload")
nap.fields = { f_length, f_code, f_payload }

local function length_of(buffer, _, offset)
  return buffer(offset, 2):le_uint() + 4
end

local function dissect(buffer, _, tree)
  local length = buffer(0, 2):le_uint()
  local branch = tree:add(nap, buffer(0, length + 4))
  branch:add_le(f_length, buffer(0, 2))
  branch:add_le(f_code, buffer(2, 2))
  if length > 0 then
    branch:add(f_payload, buffer(4, length))
  end
  return length + 4
end

function nap.dissector(buffer, packet, tree)
  dissect_tcp_pdus(buffer, tree, 4, length_of, dissect)
end

DissectorTable.get("tcp.port"):add(8888, nap)
